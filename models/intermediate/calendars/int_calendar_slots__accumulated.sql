-- How long was a calendar open before each quarter of an hour? With it the business time between two moments costs two look-ups,
-- however far apart they lie. A slot is open if the wall clock of the calendar's zone, read at its beginning, stands inside a shift:
-- so an hour that comes twice counts twice and an hour that is skipped counts not at all.
with

span as (

    select
        {{ slot_of('min(tickets.created_at)') }} - 1 as first_slot,
        {{ slot_of('max(' ~ as_of() ~ ')') }} + 1 as last_slot

    from {{ ref('int_tickets__unioned') }} as tickets

),

slots as (

    select
        slots.number as slot_number,
        {{ add_seconds("cast('1970-01-01 00:00:00' as " ~ type_timestamp() ~ ")", 'slots.number * 900') }} as slot_at

    from (
        {{ integer_spine('(select span.first_slot from span)', '(select span.last_slot from span)') }}
    ) as slots

),

calendars_in_use as (

    select assignments.calendar_code
    from {{ ref('calendar_assignments') }} as assignments

    union

    select policies.calendar_code
    from {{ ref('sla_policies') }} as policies

),

calendars as (

    select
        calendars.calendar_code,

        calendars.time_zone,

        calendars.valid_from,
        calendars.valid_to

    from {{ ref('business_calendars') }} as calendars
    inner join calendars_in_use
        on calendars.calendar_code = calendars_in_use.calendar_code

),

time_zones as (

    select distinct calendars.time_zone
    from calendars

),

local_slots as (

    select
        time_zones.time_zone,

        slots.slot_number,
        {{ to_local('slots.slot_at', 'time_zones.time_zone') }} as local_at

    from slots
    cross join time_zones

),

calendar_slots as (

    select
        calendars.calendar_code,

        local_slots.slot_number,
        {{ slot_of('local_slots.local_at') }} as local_slot_number

    from calendars
    inner join local_slots
        on
            calendars.time_zone = local_slots.time_zone
            and calendars.valid_from <= cast(local_slots.local_at as date)
            and (calendars.valid_to is null or cast(local_slots.local_at as date) < calendars.valid_to)

),

quarters as (

    select quarters.number as quarter_number
    from ({{ integer_spine(0, 191) }}) as quarters

),

open_local_slots as (

    select distinct
        shifts.calendar_code,

        {{ days_between("cast('1970-01-01' as date)", 'shifts.shift_on') }} * 96 + quarters.quarter_number as local_slot_number

    from {{ ref('int_calendar_shifts__dated') }} as shifts
    inner join quarters
        on
            shifts.opens_minute <= quarters.quarter_number * 15
            and quarters.quarter_number * 15 < shifts.closes_minute

),

marked_slots as (

    select
        calendar_slots.calendar_code,

        calendar_slots.slot_number,
        case when open_local_slots.calendar_code is not null then 1 else 0 end as open_share

    from calendar_slots
    left join open_local_slots
        on
            calendar_slots.calendar_code = open_local_slots.calendar_code
            and calendar_slots.local_slot_number = open_local_slots.local_slot_number

)

select
    marked_slots.calendar_code,

    marked_slots.slot_number,

    cast(marked_slots.open_share as {{ type_integer() }}) as open_share,
    cast(
        900 * (
            sum(marked_slots.open_share) over (
                partition by marked_slots.calendar_code
                order by marked_slots.slot_number nulls last
                rows between unbounded preceding and current row
            ) - marked_slots.open_share
        ) as {{ type_integer() }}
    ) as open_seconds_before

from marked_slots
