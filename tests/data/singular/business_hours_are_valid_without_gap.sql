-- On every day of its validity a calendar has hours in force. A day that no spell of hours covers would read as closed.
with

spells as (

    select distinct
        hours.calendar_code,

        hours.valid_from,
        coalesce(hours.valid_to, cast('9999-12-31' as date)) as valid_to

    from {{ ref('business_hours') }} as hours

),

reached_spells as (

    select
        spells.calendar_code,

        spells.valid_from,
        max(spells.valid_to) over (
            partition by spells.calendar_code
            order by spells.valid_from nulls last, spells.valid_to nulls last
            rows between unbounded preceding and 1 preceding
        ) as covered_to

    from spells

),

ends as (

    select
        spells.calendar_code,

        min(spells.valid_from) as covered_from,
        max(spells.valid_to) as covered_to

    from spells
    group by spells.calendar_code

)

select
    reached_spells.calendar_code,

    reached_spells.covered_to as gap_from,
    reached_spells.valid_from as gap_to

from reached_spells
where reached_spells.covered_to < reached_spells.valid_from

union all

select
    calendars.calendar_code,

    calendars.valid_from as gap_from,
    ends.covered_from as gap_to

from {{ ref('business_calendars') }} as calendars
left join ends
    on calendars.calendar_code = ends.calendar_code
where
    ends.calendar_code is null
    or calendars.valid_from < ends.covered_from
    or ends.covered_to < coalesce(calendars.valid_to, cast('9999-12-31' as date))
