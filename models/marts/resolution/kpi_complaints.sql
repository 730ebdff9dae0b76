-- How many complaints are there, and how long are they handled, from the creation until they are resolved for good?
{{ config(materialized='by_period') }}
with

tickets as (

    {{ measures_side_by_side(ref('measure_tickets'), [
        'tickets_created', 'complaint_tickets_created', 'complaint_handling_seconds', 'complaint_handling_seconds_median',
        'complaint_handling_seconds_p90'
    ]) }}

)
{% set hours = 'cast(tickets.complaint_handling_seconds_total as ' ~ type_double() ~ ') / 3600' -%}
{% set squared_hours = 'cast(tickets.complaint_handling_seconds_squares as ' ~ type_double() ~ ') / 3600 / 3600' %}
select
    tickets.period_grain,
    tickets.period_start,
    tickets.dimension,
    tickets.member,

    tickets.complaint_tickets_created_n as complaint_count,
    tickets.tickets_created_n as ticket_count,
    {{ safe_divide('tickets.complaint_tickets_created_n', 'tickets.tickets_created_n') }} as complaint_share,
    tickets.complaint_handling_seconds_n as handled_count,
    {{ safe_divide(hours, 'tickets.complaint_handling_seconds_n') }} as handling_hours_mean,
    {{ mean_bound('-', 'tickets.complaint_handling_seconds_n', hours, squared_hours) }} as handling_hours_mean_lower,
    {{ mean_bound('+', 'tickets.complaint_handling_seconds_n', hours, squared_hours) }} as handling_hours_mean_upper,
    tickets.complaint_handling_seconds_median / 3600 as handling_hours_median,
    tickets.complaint_handling_seconds_p90 / 3600 as handling_hours_p90

from tickets
where tickets.complaint_tickets_created_n > 0
{{ built_from([fingerprints_of(ref('measure_tickets'))]) }}
