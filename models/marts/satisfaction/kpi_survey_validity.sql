-- How many responses count, and why the others do not, by the day of submission. A period with responses has a row for each outcome.
{{ config(materialized='by_period') }}
{% set outcomes = {} -%}
{% for outcome in [
    'valid', 'unknown_invitation', 'not_first_response', 'submitted_before_sent', 'too_late', 'expired', 'score_out_of_scale',
    'overall_missing', 'nps_missing', 'no_answer'
] -%}
    {% do outcomes.update({'responses_' ~ outcome: outcome}) -%}
{% endfor -%}

with

shares as (

    {{ kpi_shares(ref('measure_survey_responses'), outcomes, 'responses') }}

)

select
    shares.period_grain,
    shares.period_start,
    shares.dimension,
    shares.member,
    shares.part as outcome,

    shares.part = 'valid' as is_valid,

    shares.case_count as response_count,
    shares.total_count as all_response_count,
    shares.share as response_share,
    shares.lower as response_share_lower,
    shares.upper as response_share_upper

from shares
{{ built_from([fingerprints_of(ref('measure_survey_responses'))]) }}
