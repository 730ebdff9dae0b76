-- The KPIs of family 7: what customers expected of the service, and what they met with.
-- noqa: disable=PRS
{{ kpi_family('expectation', [ref('measure_expectations')]) }}
