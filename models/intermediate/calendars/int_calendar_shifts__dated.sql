-- From which minute to which minute is a calendar open on which local date? A shift belongs to the date on which it begins, also
-- the part of it that lies past midnight. A date with exceptions has the shifts they name instead of its weekday's.
with

span as (

    select
        {{ add_days_to_date('cast(min(tickets.created_at) as date)', -2) }} as first_on,
        {{ add_days_to_date('cast(max(' ~ as_of() ~ ') as date)', 2) }} as last_on

    from {{ ref('int_tickets__unioned') }} as tickets

),

local_dates as (

    select
        spine.day_on,
        {{ iso_day_of_week('spine.day_on') }} as iso_weekday

    from (
        {{ day_spine('(select span.first_on from span)', '(select span.last_on from span)') }}
    ) as spine

),

calendar_days as (

    select
        calendars.calendar_code,
        calendars.exception_set,

        local_dates.day_on,
        local_dates.iso_weekday

    from {{ ref('business_calendars') }} as calendars
    inner join local_dates
        on
            calendars.valid_from <= local_dates.day_on
            and (calendars.valid_to is null or calendars.valid_to > local_dates.day_on)

),

exceptional_days as (

    select
        calendar_days.calendar_code,

        calendar_days.day_on,

        exceptions.exception_type,
        exceptions.like_weekday,
        exceptions.opens_at,
        exceptions.closes_at

    from calendar_days
    inner join {{ ref('calendar_exceptions') }} as exceptions
        on
            calendar_days.exception_set = exceptions.exception_set
            and calendar_days.day_on = exceptions.exception_on

),

-- Which weekday's hours hold on a date; none where the exceptions close it or name hours of their own.
weekdays_in_force as (

    select
        calendar_days.calendar_code,

        calendar_days.day_on,
        calendar_days.iso_weekday

    from calendar_days
    left join exceptional_days
        on
            calendar_days.calendar_code = exceptional_days.calendar_code
            and calendar_days.day_on = exceptional_days.day_on
    where exceptional_days.calendar_code is null

    union all

    select
        exceptional_days.calendar_code,

        exceptional_days.day_on,
        exceptional_days.like_weekday as iso_weekday

    from exceptional_days
    where exceptional_days.exception_type = 'like_weekday'

),

shifts as (

    select
        weekdays_in_force.calendar_code,

        weekdays_in_force.day_on as shift_on,
        hours.opens_at,
        hours.closes_at

    from weekdays_in_force
    inner join {{ ref('business_hours') }} as hours
        on
            weekdays_in_force.calendar_code = hours.calendar_code
            and weekdays_in_force.iso_weekday = hours.weekday
            and weekdays_in_force.day_on >= hours.valid_from
            and (hours.valid_to is null or weekdays_in_force.day_on < hours.valid_to)

    union all

    select
        exceptional_days.calendar_code,

        exceptional_days.day_on as shift_on,
        exceptional_days.opens_at,
        exceptional_days.closes_at

    from exceptional_days
    where exceptional_days.exception_type = 'open'

)

select
    shifts.calendar_code,

    shifts.shift_on,

    {{ minute_of_day('shifts.opens_at') }} as opens_minute,
    -- What closes no later than it opened closes on the next day.
    {{ minute_of_day('shifts.closes_at') }}
    + case when shifts.closes_at <= shifts.opens_at then 1440 else 0 end as closes_minute

from shifts
