-- When did a ticket enter which status? Its own status changes only, each one a real change; the first status holds from creation.
with

status_events as (

    select
        events.ticket_key,

        events.event_number,
        events.from_value,
        events.to_value as status,
        lag(events.to_value) over (
            partition by events.ticket_key
            order by events.event_number nulls last
        ) as tracked_status,

        events.occurred_at

    from {{ ref('int_ticket_events__counted') }} as events
    where
        events.event_type = 'status_changed'
        and events.to_value is not null
        and not events.is_from_merged_ticket

),

changes as (

    select
        status_events.ticket_key,

        status_events.event_number,
        coalesce(status_events.tracked_status, status_events.from_value, 'new') as previous_status,
        status_events.status,

        -- What is dated before the creation holds from the creation on.
        greatest(status_events.occurred_at, tickets.created_at) as entered_at

    from status_events
    inner join {{ ref('int_tickets__unioned') }} as tickets
        on status_events.ticket_key = tickets.ticket_key

)

select
    changes.ticket_key,

    changes.event_number,
    changes.previous_status,
    changes.status,

    changes.status = 'solved'
    or (changes.status = 'closed' and changes.previous_status not in ('solved', 'closed')) as is_resolution,
    changes.previous_status in ('solved', 'closed') and changes.status not in ('solved', 'closed') as is_reopening,

    changes.entered_at

from changes
where changes.status <> changes.previous_status
