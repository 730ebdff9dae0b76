-- What became of the requests of a period, and how many were agreed to although the time for them was over? By the day of request.
{{ config(materialized='by_period') }}
with

requests as (

    {{ measures_side_by_side(ref('measure_requests'), [
        'requests_made', 'requests_approved', 'requests_approved_or_rejected', 'requests_withdrawn', 'requests_open',
        'requests_completed', 'requests_approved_out_of_policy', 'refunded_out_of_policy_amount'
    ]) }}

)

select
    requests.period_grain,
    requests.period_start,
    requests.dimension,
    requests.member,

    requests.requests_made_n < {{ var('minimum_sample') }} as is_small_sample,

    requests.requests_made_n as request_count,
    requests.requests_approved_n as approved_count,
    requests.requests_approved_or_rejected_n - requests.requests_approved_n as rejected_count,
    requests.requests_withdrawn_n as withdrawn_count,
    {{ safe_divide('requests.requests_withdrawn_n', 'requests.requests_made_n') }} as withdrawn_rate,
    {{ wilson_bound('-', 'requests.requests_withdrawn_n', 'requests.requests_made_n') }} as withdrawn_rate_lower,
    {{ wilson_bound('+', 'requests.requests_withdrawn_n', 'requests.requests_made_n') }} as withdrawn_rate_upper,
    requests.requests_open_n as open_count,
    requests.requests_completed_n as completed_count,
    requests.requests_approved_out_of_policy_n as approved_out_of_policy_count,
    cast(coalesce(requests.refunded_out_of_policy_amount_total, 0) as {{ type_money() }}) as refunded_out_of_policy_amount

from requests
where requests.requests_made_n > 0
{{ built_from([fingerprints_of(ref('measure_requests'))]) }}
