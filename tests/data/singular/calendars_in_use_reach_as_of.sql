-- Beyond the end of its calendar a ticket has no business time: calendars_in_use_cover_as_of. Warns sixty days before, so that the
-- next year's holidays come in time.
{{ config(severity='warn') }}

select
    calendars.calendar_code,

    calendars.valid_to

from {{ ref('business_calendars') }} as calendars
inner join {{ ref('calendar_assignments') }} as assignments
    on calendars.calendar_code = assignments.calendar_code
where calendars.valid_to <= {{ add_days_to_date(business_date(as_of()), 60) }}
