-- The KPIs of family 2: how fast service replies and resolves, what it leaves undone, what it takes.
-- noqa: disable=PRS,LT05
{{ kpi_family('efficiency', [
    ref('measure_tickets'),
    ref('measure_ticket_sla'),
    ref('measure_turns'),
    ref('measure_backlog'),
    ref('measure_customer_needs'),
    ref('measure_agent_days'),
    ref('measure_requests')
]) }}
