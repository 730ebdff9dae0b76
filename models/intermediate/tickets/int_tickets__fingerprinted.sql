-- What is a ticket made of, as hashes? Of its own row and events, of what is known of those who act in them, and of what its source
-- tells at all. Merged tickets are of one group: what becomes of one may change all. An open ticket goes on with as_of.
{{ config(
    materialized='fingerprinted',
    key='ticket_key',
    narrows=['int_tickets__unioned', 'int_ticket_events__unioned'],
    open_keys=[{'model': 'int_ticket_milestones__reached', 'where': 'open_rows.resolved_at is null'}]
) }}

with

known_of_agents as (

    select
        agents.agent_key,

        {{ whole_row_hash('agents') }} as row_hash

    from {{ ref('int_agents__versioned') }} as agents

    union all

    select
        agents.agent_key,

        {{ whole_row_hash('agents') }} as row_hash

    from {{ ref('int_agents__named') }} as agents

),

agents as (

    select
        known_of_agents.agent_key,

        {{ contents_of('known_of_agents') }} as fingerprint

    from known_of_agents
    group by known_of_agents.agent_key

),

events as (

    select
        events.ticket_key,

        {{ whole_row_hash('events') }} as row_hash,
        actors.fingerprint as actor,
        earlier_agents.fingerprint as earlier_agent,
        later_agents.fingerprint as later_agent

    from {{ ref('int_ticket_events__unioned') }} as events
    left join agents as actors
        on events.actor_key = actors.agent_key
    left join agents as earlier_agents
        on
            events.event_type = 'assigned'
            and events.source_system || ':' || events.from_value = earlier_agents.agent_key
    left join agents as later_agents
        on
            events.event_type = 'assigned'
            and events.source_system || ':' || events.to_value = later_agents.agent_key

),

ticket_events as (

    select
        events.ticket_key,

        {{ contents_of('events') }} as fingerprint

    from events
    group by events.ticket_key

)

select
    tickets.ticket_key as row_key,
    merged_tickets.surviving_ticket_key as group_key,

    {{ row_hash([
        whole_row_hash('tickets'), 'ticket_events.fingerprint', whole_row_hash('sources')
    ]) }} as fingerprint

from {{ ref('int_tickets__unioned') }} as tickets
left join {{ ref('int_tickets__merged') }} as merged_tickets
    on tickets.ticket_key = merged_tickets.ticket_key
left join ticket_events
    on tickets.ticket_key = ticket_events.ticket_key
left join {{ ref('int_ticket_sources__described') }} as sources
    on tickets.source_system = sources.source_system
