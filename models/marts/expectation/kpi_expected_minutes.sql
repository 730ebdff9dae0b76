-- How many minutes do customers expect to wait for a reply, how many do they wait, and how many are replied to within what is expected? By
-- issue type: expected by the day of the answer, measured by the day the ticket was opened.
{{ config(materialized='by_period') }}
with

expectations as (

    {{ measures_side_by_side(ref('measure_expectations'), [
        'expected_first_reply_minutes', 'tickets_with_expected_minutes', 'tickets_replied_within_expected_minutes'
    ]) }}

),

tickets as (

    {{ measures_side_by_side(ref('measure_tickets'), ['first_reply_seconds', 'first_reply_seconds_median']) }}

)

select
    expectations.period_grain,
    expectations.period_start,
    expectations.dimension,
    expectations.member,

    expectations.expected_first_reply_minutes_n < {{ var('minimum_sample') }} as is_small_sample,

    expectations.expected_first_reply_minutes_n as answer_count,
    {{ safe_divide('expectations.expected_first_reply_minutes_total', 'expectations.expected_first_reply_minutes_n') }}
        as expected_minutes_mean,
    {{ mean_bound(
        '-', 'expectations.expected_first_reply_minutes_n', 'expectations.expected_first_reply_minutes_total',
        'expectations.expected_first_reply_minutes_squares'
    ) }} as expected_minutes_mean_lower,
    {{ mean_bound(
        '+', 'expectations.expected_first_reply_minutes_n', 'expectations.expected_first_reply_minutes_total',
        'expectations.expected_first_reply_minutes_squares'
    ) }} as expected_minutes_mean_upper,
    coalesce(tickets.first_reply_seconds_n, 0) as replied_ticket_count,
    {{ kpi_minutes('tickets.first_reply_seconds_median') }} as first_reply_minutes_median,
    expectations.tickets_with_expected_minutes_n as judged_ticket_count,
    expectations.tickets_replied_within_expected_minutes_n as within_ticket_count,
    {{ safe_divide('expectations.tickets_replied_within_expected_minutes_n', 'expectations.tickets_with_expected_minutes_n') }}
        as within_share,
    {{ wilson_bound(
        '-', 'expectations.tickets_replied_within_expected_minutes_n', 'expectations.tickets_with_expected_minutes_n'
    ) }} as within_share_lower,
    {{ wilson_bound(
        '+', 'expectations.tickets_replied_within_expected_minutes_n', 'expectations.tickets_with_expected_minutes_n'
    ) }} as within_share_upper

from expectations
left join tickets
    on {{ same_cell('expectations', 'tickets') }}
where
    expectations.dimension in ('overall', 'issue_type')
    and expectations.expected_first_reply_minutes_n + expectations.tickets_with_expected_minutes_n > 0
{{ built_from([fingerprints_of(ref('measure_expectations')), fingerprints_of(ref('measure_tickets'))]) }}
