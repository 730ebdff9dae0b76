-- A date is closed, or works like one other weekday, or has hours of its own; each kind says what it needs and nothing else.
-- A set of exceptions that no calendar follows, or a calendar that follows a set that is not there, is a misspelt name.
select
    exceptions.exception_set,

    exceptions.exception_on

from {{ ref('calendar_exceptions') }} as exceptions
where
    (exceptions.exception_type = 'like_weekday') <> (exceptions.like_weekday is not null)
    or (exceptions.exception_type = 'open') <> (exceptions.opens_at is not null and exceptions.closes_at is not null)
    or exceptions.like_weekday not in (1, 2, 3, 4, 5, 6, 7)

union all

select
    exceptions.exception_set,

    exceptions.exception_on

from {{ ref('calendar_exceptions') }} as exceptions
group by
    exceptions.exception_set,
    exceptions.exception_on
having
    count(distinct exceptions.exception_type) > 1
    or (min(exceptions.exception_type) <> 'open' and count(*) > 1)

union all

select distinct
    exceptions.exception_set,

    cast(null as date) as exception_on

from {{ ref('calendar_exceptions') }} as exceptions
left join {{ ref('business_calendars') }} as calendars
    on exceptions.exception_set = calendars.exception_set
where calendars.calendar_code is null

union all

select
    calendars.exception_set,

    cast(null as date) as exception_on

from {{ ref('business_calendars') }} as calendars
left join {{ ref('calendar_exceptions') }} as exceptions
    on calendars.exception_set = exceptions.exception_set
where
    calendars.exception_set is not null
    and exceptions.exception_set is null
