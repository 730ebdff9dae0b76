-- How the valid overall scores are spread: a period with valid scores has a row for each of the five, also where nobody gave it.
{{ config(materialized='by_period') }}
{% set scores = {} -%}
{% for score in range(1, 6) -%}
    {% do scores.update({'responses_scored_' ~ score: score}) -%}
{% endfor -%}

with

shares as (

    {{ kpi_shares(ref('measure_survey_responses'), scores, 'responses_with_overall') }}

)

select
    shares.period_grain,
    shares.period_start,
    shares.dimension,
    shares.member,
    cast(shares.part as {{ type_integer() }}) as overall_score,

    shares.case_count as response_count,
    shares.total_count as valid_response_count,
    shares.share as response_share,
    shares.lower as response_share_lower,
    shares.upper as response_share_upper

from shares
{{ built_from([fingerprints_of(ref('measure_survey_responses'))]) }}
