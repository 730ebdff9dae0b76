-- The KPIs of family 6: how good the service on a ticket was, on five dimensions and altogether.
-- noqa: disable=PRS,LT05
{{ kpi_family('quality', [
    ref('measure_tickets')
]) }}
