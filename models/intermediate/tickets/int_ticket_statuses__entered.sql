-- When did a ticket enter which status? Its own status changes only, each but the first a real change.
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key') }}

with

status_events as (

    select
        events.event_key,
        events.event_order,
        events.ticket_key,

        events.from_value,
        events.to_value as status,
        lag(events.to_value) over (
            partition by events.ticket_key
            order by events.occurred_at nulls last, events.event_order nulls last, events.event_key nulls last
        ) as tracked_status,
        cast(row_number() over (
            partition by events.ticket_key
            order by events.occurred_at nulls last, events.event_order nulls last, events.event_key nulls last
        ) as {{ type_integer() }}) as change_number,

        -- What is dated before the creation holds from the creation on.
        greatest(events.occurred_at, events.created_at) as entered_at

    from {{ ref('int_ticket_events__counted') }} as events
    where
        events.event_type = 'status_changed'
        and events.to_value is not null
        and not events.is_from_merged_ticket

),

status_changes as (

    select
        status_events.event_key,
        status_events.event_order,
        status_events.ticket_key,

        status_events.change_number,
        -- What the events before say outweighs what an event says of the time before it. A ticket that is first heard of when it goes from
        -- solved to closed was resolved at a moment nobody told: by then.
        case
            when status_events.tracked_status is not null then status_events.tracked_status
            when status_events.from_value in ('solved', 'closed') and status_events.status in ('solved', 'closed') then 'new'
            else coalesce(status_events.from_value, 'new')
        end as previous_status,
        status_events.status,

        status_events.change_number = 1 and coalesce(status_events.from_value in ('solved', 'closed'), false) as was_resolved_before,

        status_events.entered_at

    from status_events

)

select
    status_changes.event_key,
    status_changes.event_order,
    status_changes.ticket_key,

    status_changes.change_number,
    status_changes.previous_status,
    status_changes.status,

    status_changes.was_resolved_before,

    status_changes.entered_at

from status_changes
-- The first event says where the ticket stood, changed or not.
where
    status_changes.status <> status_changes.previous_status
    or status_changes.change_number = 1
