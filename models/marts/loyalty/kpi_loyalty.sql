-- The KPIs of family 8: who comes back after service, and what service sells.
-- noqa: disable=PRS,LT05
{{ kpi_family('loyalty', [ref('measure_loyalty'), ref('measure_orders')]) }}
