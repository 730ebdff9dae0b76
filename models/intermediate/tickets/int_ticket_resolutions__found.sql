-- When was a ticket resolved, first and for good, and how often was it reopened?
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key') }}

with

changes as (

    select
        status_changes.ticket_key,

        status_changes.previous_status,
        status_changes.status,

        -- Closing what was solved before ends nothing that still ran.
        status_changes.status = 'solved'
        or (status_changes.status = 'closed' and status_changes.previous_status <> 'solved') as is_resolution,
        status_changes.previous_status in ('solved', 'closed')
        and status_changes.status not in ('solved', 'closed') as is_reopening,
        status_changes.was_resolved_before,

        status_changes.change_number,
        status_changes.entered_at

    from {{ ref('int_ticket_statuses__entered') }} as status_changes

),

resolutions as (

    select
        changes.ticket_key,

        min_by(changes.previous_status, changes.change_number) as first_status,
        max_by(changes.status, changes.change_number) as status,

        count(*) filter (where changes.was_resolved_before) > 0 as was_resolved_before,

        count(*) filter (where changes.is_reopening) as reopen_count,

        min(changes.entered_at) filter (where changes.is_resolution) as first_resolved_at,
        max(changes.entered_at) filter (where changes.is_resolution) as last_resolved_at

    from changes
    group by changes.ticket_key

)

select
    resolutions.ticket_key,

    resolutions.first_status,
    resolutions.status,

    resolutions.was_resolved_before,

    resolutions.reopen_count,

    resolutions.first_resolved_at,
    -- A ticket reopened and still open has no resolved_at: the clock runs again.
    case when resolutions.status in ('solved', 'closed') then resolutions.last_resolved_at end as resolved_at

from resolutions
