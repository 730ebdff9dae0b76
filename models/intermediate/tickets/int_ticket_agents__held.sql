-- Who held a ticket from when to when? Whoever it was assigned to last; until it is first assigned, the person who answered last. What
-- comes later never changes who held it before.
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key') }}

with

holding_events as (

    select
        events.ticket_key,
        case
            when events.event_type = 'assigned' then events.source_system || ':' || events.to_value
            else events.actor_key
        end as agent_key,

        events.event_type = 'assigned' as is_assigned,

        events.event_key,
        events.event_order,
        events.occurred_at,
        min(case when events.event_type = 'assigned' then events.occurred_at end) over (
            partition by events.ticket_key
        ) as first_assigned_at

    from {{ ref('int_ticket_events__counted') }} as events
    where
        (
            events.event_type = 'assigned'
            and events.to_value is not null
            and not events.is_from_merged_ticket
        )
        or events.is_human_reply

),

ordered_events as (

    select
        events.ticket_key,
        events.agent_key,
        lag(events.agent_key) over (
            partition by events.ticket_key
            order by events.occurred_at nulls last, events.event_order nulls last, events.event_key nulls last
        ) as previous_agent_key,

        events.is_assigned,
        lag(events.is_assigned) over (
            partition by events.ticket_key
            order by events.occurred_at nulls last, events.event_order nulls last, events.event_key nulls last
        ) as was_assigned,

        events.event_key,
        events.event_order,
        events.occurred_at

    from holding_events as events
    where
        events.is_assigned
        or events.first_assigned_at is null
        or events.occurred_at < events.first_assigned_at

),

changes as (

    select
        events.ticket_key,
        events.agent_key,

        events.is_assigned,
        events.is_assigned and coalesce(events.was_assigned, false) as is_transfer,

        events.event_key,
        events.event_order,
        events.occurred_at

    from ordered_events as events
    where
        events.previous_agent_key is null
        or events.agent_key <> events.previous_agent_key
        or events.is_assigned <> events.was_assigned

)

select
    changes.ticket_key,
    changes.agent_key,

    changes.is_assigned,
    changes.is_transfer,

    changes.occurred_at as held_from,
    coalesce(
        lead(changes.occurred_at) over (
            partition by changes.ticket_key
            order by changes.occurred_at nulls last, changes.event_order nulls last, changes.event_key nulls last
        ),
        cast('9999-12-31 00:00:00' as {{ type_timestamp() }})
    ) as held_to

from changes
