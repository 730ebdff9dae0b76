-- Which events count, on which ticket, and who acted in which role at that moment?
--
-- The events of a ticket that was merged away are contacts on the ticket it was merged into. What is dated before its ticket's
-- creation stops no clock. A view: its readers each need few of its columns, and writing all would cost more than they do together.
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key', is_view=true) }}

with

events as (

    select
        events.event_key,
        told_apart.event_order,
        events.source_system,
        coalesce(merged_tickets.surviving_ticket_key, events.ticket_key) as ticket_key,
        events.ticket_key as own_ticket_key,
        events.actor_key,

        events.event_type,
        -- A status or priority that the contract does not know is text of the source's own: it counts, and is not repeated.
        {{ listed_value('events.event_type', 'events.from_value') }} as from_value,
        {{ listed_value('events.event_type', 'events.to_value') }} as to_value,

        merged_tickets.ticket_key is not null as is_from_merged_ticket,

        events.occurred_at

    from {{ ref('int_ticket_events__unioned') }} as events
    left join {{ ref('int_ticket_events__told_apart') }} as told_apart
        on events.event_key = told_apart.event_key
    left join {{ ref('int_tickets__merged') }} as merged_tickets
        on events.ticket_key = merged_tickets.ticket_key
    where not coalesce(told_apart.is_copy, false)

)

select
    events.event_key,
    events.event_order,
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

    tickets.created_at,
    events.occurred_at

from events
inner join {{ ref('int_tickets__unioned') }} as tickets
    on events.ticket_key = tickets.ticket_key
left join {{ ref('int_agents__versioned') }} as agents
    on
        events.actor_key = agents.agent_key
        and events.occurred_at >= agents.applies_from
        and events.occurred_at < agents.applies_to
