-- Which events count, on which ticket, in which order, and who acted in which role at that moment?
--
-- An event that says in every word what another one says is the same event delivered under a second id. The events of a ticket
-- that was merged away are contacts on the ticket it was merged into. What is dated before its ticket's creation stops no clock.
with

events as (

    select
        events.ticket_event_key,
        events.source_system,
        events.ticket_key as own_ticket_key,
        events.actor_key,

        events.event_type,
        events.from_value,
        events.to_value,

        events.occurred_at,
        row_number() over (
            partition by
                events.ticket_key,
                events.occurred_at,
                events.event_type,
                events.actor_key,
                events.from_value,
                events.to_value
            order by events.ticket_event_key nulls last
        ) as copy_number

    from {{ ref('int_ticket_events__unioned') }} as events

),

events_on_surviving_tickets as (

    select
        events.ticket_event_key,
        events.source_system,
        coalesce(merged_tickets.surviving_ticket_key, events.own_ticket_key) as ticket_key,
        events.own_ticket_key,
        events.actor_key,

        events.event_type,
        events.from_value,
        events.to_value,

        merged_tickets.ticket_key is not null as is_from_merged_ticket,

        events.occurred_at

    from events
    left join {{ ref('int_tickets__merged') }} as merged_tickets
        on events.own_ticket_key = merged_tickets.ticket_key
    where events.copy_number = 1

),

events_in_role as (

    select
        events.ticket_event_key,
        events.source_system,
        events.ticket_key,
        events.own_ticket_key,
        events.actor_key,

        agents.agent_role as actor_role,
        agents.team as actor_team,
        events.event_type,
        events.from_value,
        events.to_value,

        events.is_from_merged_ticket,
        events.occurred_at < tickets.created_at as is_before_creation,
        coalesce(events.event_type = 'agent_reply' and agents.agent_role in ('human', 'partner'), false) as is_human_reply,
        coalesce(
            events.event_type = 'bot_reply' or (events.event_type = 'agent_reply' and agents.agent_role = 'bot'),
            false
        ) as is_bot_reply,

        events.occurred_at

    from events_on_surviving_tickets as events
    inner join {{ ref('int_tickets__unioned') }} as tickets
        on events.ticket_key = tickets.ticket_key
    left join {{ ref('int_agents__versioned') }} as agents
        on
            events.actor_key = agents.agent_key
            and agents.applies_from <= events.occurred_at
            and events.occurred_at < agents.applies_to

)

select
    events_in_role.ticket_event_key,
    events_in_role.source_system,
    events_in_role.ticket_key,
    events_in_role.own_ticket_key,
    events_in_role.actor_key,

    row_number() over (
        partition by events_in_role.ticket_key
        order by events_in_role.occurred_at nulls last, events_in_role.ticket_event_key nulls last
    ) as event_number,
    events_in_role.actor_role,
    events_in_role.actor_team,
    events_in_role.event_type,
    events_in_role.from_value,
    events_in_role.to_value,

    events_in_role.is_from_merged_ticket,
    events_in_role.is_before_creation,
    events_in_role.is_human_reply,
    events_in_role.is_bot_reply,

    events_in_role.occurred_at

from events_in_role
