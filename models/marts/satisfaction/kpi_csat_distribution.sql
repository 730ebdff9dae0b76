-- How the valid overall scores are spread: a period with valid scores has a row for each of the five, also where nobody gave it.
{% set dimensions = [
    'channel', 'issue_type', 'priority', 'product_category', 'region', 'customer_tier', 'agent_team', 'merchant', 'agent'
] -%}
{% set measures = [
    {'id': 'score_1', 'kind': 'ratio', 'flag': 'is_score_1'},
    {'id': 'score_2', 'kind': 'ratio', 'flag': 'is_score_2'},
    {'id': 'score_3', 'kind': 'ratio', 'flag': 'is_score_3'},
    {'id': 'score_4', 'kind': 'ratio', 'flag': 'is_score_4'},
    {'id': 'score_5', 'kind': 'ratio', 'flag': 'is_score_5'}
] -%}

with

valid_responses as (

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

        responses.overall_score = 1 as is_score_1,
        responses.overall_score = 2 as is_score_2,
        responses.overall_score = 3 as is_score_3,
        responses.overall_score = 4 as is_score_4,
        responses.overall_score = 5 as is_score_5,

        responses.submitted_on

    from {{ ref('int_survey_responses__observed') }} as responses
    where responses.overall_score is not null

),

score_shares as (

    {{ kpi_rollup('valid_responses', 'submitted_on', dimensions, measures) }}  -- noqa: PRS

),

shares as (

    {{ kpi_shares('score_shares', measures) }}

)

select
    shares.period_grain,
    shares.period_start,
    shares.dimension,
    shares.member,
    cast(replace(shares.measure_id, 'score_', '') as {{ type_integer() }}) as overall_score,

    shares.case_count as response_count,
    shares.total_count as valid_response_count,
    shares.share as response_share,
    shares.lower as response_share_lower,
    shares.upper as response_share_upper

from shares
