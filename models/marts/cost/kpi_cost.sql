-- The KPIs of family 5: what after-sales service costs, what for, and per what is done.
-- noqa: disable=PRS,LT05
{{ kpi_family('cost', [
    ref('measure_service_costs'),
    ref('measure_orders'),
    ref('measure_tickets'),
    ref('measure_agent_days')
]) }}
