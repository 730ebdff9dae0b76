-- The KPIs of family 1: what the invited sent back, what valid responses say, which customers with an order met a problem.
-- noqa: disable=PRS,LT05
{{ kpi_family('satisfaction', [
    ref('measure_survey_invitations'),
    ref('measure_survey_responses'),
    ref('measure_customers')
]) }}
