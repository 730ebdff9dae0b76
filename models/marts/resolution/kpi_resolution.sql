-- The KPIs of family 3: what service resolves, how soon and for good, what it escalates, what customers complain of.
-- noqa: disable=PRS,LT05
{{ kpi_family('resolution', [
    ref('measure_tickets'),
    ref('measure_orders')
]) }}
