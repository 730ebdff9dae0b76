-- A calendar of the seed business_calendars that ended before as_of: clocks that run today would have no business time, and what is
-- late would be unknown. Add the next years' holidays to calendar_exceptions and move valid_to in business_calendars.
select
    calendars.calendar_code,

    calendars.valid_to

from {{ ref('business_calendars') }} as calendars
where
    calendars.valid_to <= {{ business_date(as_of()) }}
    and calendars.calendar_code in (
        select assignments.calendar_code
        from {{ ref('calendar_assignments') }} as assignments

        union all

        select policies.calendar_code
        from {{ ref('sla_policies') }} as policies
        where policies.calendar_code is not null
    )
