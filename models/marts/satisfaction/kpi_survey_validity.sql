-- How many responses count, and why the others do not, by the day of submission. A period with responses has a row for each outcome.
{% set dimensions = [
    'channel', 'issue_type', 'priority', 'product_category', 'region', 'customer_tier', 'agent_team', 'merchant', 'agent'
] -%}
{% set outcomes = [
    'valid', 'unknown_invitation', 'not_first_response', 'submitted_before_sent', 'too_late', 'expired', 'score_out_of_scale',
    'overall_missing', 'nps_missing', 'no_answer'
] -%}
{% set measures = [] -%}
{% for outcome in outcomes -%}
    {% do measures.append({'id': outcome, 'kind': 'ratio', 'flag': 'is_' ~ outcome}) -%}
{% endfor -%}

with

responses as (

    select
        responses.channel,
        responses.issue_type,
        responses.priority,
        responses.product_category,
        responses.region,
        responses.customer_tier,
        responses.agent_team,
        responses.merchant,
        responses.agent,

        {% for outcome in outcomes -%}
            responses.outcome = '{{ outcome }}' as is_{{ outcome }},
        {% endfor %}
        responses.submitted_on

    from {{ ref('int_survey_responses__observed') }} as responses

),

outcome_shares as (

    {{ kpi_rollup('responses', 'submitted_on', dimensions, measures) }}  -- noqa: PRS

),

shares as (

    {{ kpi_shares('outcome_shares', measures) }}

)

select
    shares.period_grain,
    shares.period_start,
    shares.dimension,
    shares.member,
    shares.measure_id as outcome,

    shares.measure_id = 'valid' as is_valid,

    shares.case_count as response_count,
    shares.total_count as all_response_count,
    shares.share as response_share,
    shares.lower as response_share_lower,
    shares.upper as response_share_upper

from shares
