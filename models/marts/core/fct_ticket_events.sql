-- One row per event that counts, in order, on the ticket it counts on. What was written in a reply or a note is in no extract, and
-- what stands in place of an agent, a status or a priority and is none is not repeated here.
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key') }}

select
    events.event_key,
    events.source_system,
    events.ticket_key,
    events.own_ticket_key,
    actors.agent_key as actor_key,

    cast(row_number() over (
        partition by events.ticket_key
        order by events.occurred_at nulls last, events.event_order nulls last, events.event_key nulls last
    ) as {{ type_integer() }}) as event_number,
    events.event_type,
    events.actor_role,
    events.actor_team,
    case
        when events.event_type in ('status_changed', 'priority_changed') then events.from_value
        when earlier_agents.agent_key is not null then events.from_value
    end as from_value,
    case
        when events.event_type in ('status_changed', 'priority_changed') then events.to_value
        when later_agents.agent_key is not null then events.to_value
    end as to_value,

    events.is_from_merged_ticket,
    events.is_before_creation,
    events.is_human_reply,
    events.is_bot_reply,

    events.occurred_at,
    {{ business_date('events.occurred_at') }} as occurred_on

from {{ ref('int_ticket_events__counted') }} as events
left join {{ ref('int_agents__named') }} as actors
    on events.actor_key = actors.agent_key
left join {{ ref('int_agents__named') }} as earlier_agents
    on
        events.event_type = 'assigned'
        and events.source_system || ':' || events.from_value = earlier_agents.agent_key
left join {{ ref('int_agents__named') }} as later_agents
    on
        events.event_type = 'assigned'
        and events.source_system || ':' || events.to_value = later_agents.agent_key
