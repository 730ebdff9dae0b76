-- The KPIs of family 11: what customers suggest, and what comes of it.
-- noqa: disable=PRS
{{ kpi_family('voice', [ref('measure_suggestions')]) }}
