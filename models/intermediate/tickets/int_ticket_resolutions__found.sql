-- When was a ticket resolved, first and for good, and how often was it reopened?
with

status_changes as (

    select
        status_changes.ticket_key,

        status_changes.status,

        status_changes.is_resolution,
        status_changes.is_reopening,

        status_changes.entered_at,
        row_number() over (
            partition by status_changes.ticket_key
            order by status_changes.event_number desc nulls last
        ) as changes_from_the_end

    from {{ ref('int_ticket_statuses__entered') }} as status_changes

),

resolutions as (

    select
        status_changes.ticket_key,

        max(case when status_changes.changes_from_the_end = 1 then status_changes.status end) as status,

        count(*) filter (where status_changes.is_reopening) as reopen_count,

        min(case when status_changes.is_resolution then status_changes.entered_at end) as first_resolved_at,
        max(case when status_changes.is_resolution then status_changes.entered_at end) as last_resolved_at

    from status_changes
    group by status_changes.ticket_key

)

select
    resolutions.ticket_key,

    resolutions.status,

    resolutions.status in ('solved', 'closed') as is_resolved,

    resolutions.reopen_count,

    resolutions.first_resolved_at,
    -- A ticket reopened and still open has no resolved_at: the clock runs again.
    case when resolutions.status in ('solved', 'closed') then resolutions.last_resolved_at end as resolved_at

from resolutions
