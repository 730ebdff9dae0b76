-- How long did a ticket's resolution clock stand still? While the ticket waited on the customer, and while it stood resolved before
-- it was reopened. One sum over any time, one over the open time of each calendar that a resolution policy counts by.
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key') }}

with

pauses as (

    select
        intervals.ticket_key,

        intervals.calendar_seconds,

        intervals.started_at,
        intervals.ended_at

    from {{ ref('fct_ticket_intervals') }} as intervals
    where
        intervals.activity in ('waiting_on_customer', 'resolved')
        and intervals.is_before_resolution

),

policy_calendars as (

    select distinct policies.calendar_code
    from {{ ref('sla_policies') }} as policies
    where
        policies.metric = 'resolution'
        and policies.clock = 'business'

)

select
    pauses.ticket_key,
    'any_time' as calendar_code,

    cast(sum(pauses.calendar_seconds) as {{ type_integer() }}) as paused_seconds

from pauses
group by pauses.ticket_key

union all

select
    pauses.ticket_key,
    policy_calendars.calendar_code,

    cast(sum(
        {{ open_seconds_until('end_slots', 'pauses.ended_at') }} - {{ open_seconds_until('start_slots', 'pauses.started_at') }}
    ) as {{ type_integer() }}) as paused_seconds

from pauses
cross join policy_calendars
inner join {{ ref('int_calendar_slots__accumulated') }} as start_slots
    on
        policy_calendars.calendar_code = start_slots.calendar_code
        and {{ slot_of('pauses.started_at') }} = start_slots.slot_number
inner join {{ ref('int_calendar_slots__accumulated') }} as end_slots
    on
        policy_calendars.calendar_code = end_slots.calendar_code
        and {{ slot_of('pauses.ended_at') }} = end_slots.slot_number
group by
    pauses.ticket_key,
    policy_calendars.calendar_code
