-- Two shifts of a calendar that are open at once are a mistake in one of them. Compared over a week, in which a shift past Sunday
-- midnight runs into Monday, among shifts that are valid together.
with

shifts as (

    select
        hours.calendar_code,

        hours.weekday,
        hours.opens_at,
        hours.closes_at,
        (hours.weekday - 1) * 1440 + {{ minute_of_day('hours.opens_at') }} as opens_minute,
        (hours.weekday - 1) * 1440 + {{ minute_of_day('hours.closes_at') }}
        + case when hours.closes_at <= hours.opens_at then 1440 else 0 end as closes_minute,

        hours.valid_from,
        hours.valid_to

    from {{ ref('business_hours') }} as hours

),

weeks as (

    select
        shifts.calendar_code,

        shifts.weekday,
        shifts.opens_at,
        shifts.closes_at,
        shifts.opens_minute,
        shifts.closes_minute,
        shifts.valid_from,
        shifts.valid_to

    from shifts

    union all

    -- The Sunday before, for what runs over midnight into Monday.
    select
        shifts.calendar_code,

        shifts.weekday,
        shifts.opens_at,
        shifts.closes_at,
        shifts.opens_minute - 10080 as opens_minute,
        shifts.closes_minute - 10080 as closes_minute,
        shifts.valid_from,
        shifts.valid_to

    from shifts
    where shifts.closes_minute > 10080

)

select
    shifts.calendar_code,

    shifts.weekday,
    shifts.opens_at,
    shifts.closes_at,
    weeks.weekday as other_weekday,
    weeks.opens_at as other_opens_at,
    weeks.closes_at as other_closes_at

from shifts
inner join weeks
    on
        shifts.calendar_code = weeks.calendar_code
        and (shifts.weekday <> weeks.weekday or shifts.opens_at <> weeks.opens_at or shifts.valid_from <> weeks.valid_from)
        and shifts.opens_minute < weeks.closes_minute
        and shifts.closes_minute > weeks.opens_minute
        and (weeks.valid_to is null or shifts.valid_from < weeks.valid_to)
        and (shifts.valid_to is null or shifts.valid_to > weeks.valid_from)
