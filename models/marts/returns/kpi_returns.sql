-- The KPIs of family 4: what comes back, what is agreed to, what is paid back and repaired.
-- noqa: disable=PRS,LT05
{{ kpi_family('returns', [
    ref('measure_requests'),
    ref('measure_refunds'),
    ref('measure_orders'),
    ref('measure_order_items')
]) }}
