-- Whom may a mart name as an agent? Who is on a staff list. Where a source delivers none, whoever its events call an agent and none
-- of its tickets calls a customer. Anything else that stands where an agent's id should may be a customer's id, or a name.
with

listed_agents as (

    select distinct
        agents.agent_key,
        agents.source_system

    from {{ ref('int_agents__versioned') }} as agents

),

sources_with_staff_list as (

    select distinct listed_agents.source_system
    from listed_agents

),

unlisted_events as (

    select
        events.source_system,
        events.actor_key,

        case when events.event_type = 'assigned' then events.source_system || ':' || events.from_value end as earlier_agent_key,
        case when events.event_type = 'assigned' then events.source_system || ':' || events.to_value end as later_agent_key

    from {{ ref('int_ticket_events__unioned') }} as events
    left join sources_with_staff_list
        on events.source_system = sources_with_staff_list.source_system
    where sources_with_staff_list.source_system is null

),

unlisted_agents as (

    select unlisted_events.actor_key as agent_key
    from unlisted_events

    union

    select unlisted_events.earlier_agent_key as agent_key
    from unlisted_events

    union

    select unlisted_events.later_agent_key as agent_key
    from unlisted_events

),

ticket_customers as (

    select distinct tickets.customer_account_key as customer_key
    from {{ ref('int_tickets__unioned') }} as tickets

)

select listed_agents.agent_key
from listed_agents

union all

select unlisted_agents.agent_key
from unlisted_agents
left join ticket_customers
    on unlisted_agents.agent_key = ticket_customers.customer_key
where
    unlisted_agents.agent_key is not null
    and ticket_customers.customer_key is null
