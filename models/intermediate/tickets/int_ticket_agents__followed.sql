-- Whose ticket is it, and through how many hands did it go? It belongs to the agent it was assigned to last, or, where the help
-- desk tells no assignments, to the one who answered last. Only tickets that several agents held need their events in order.
with

held_tickets as (

    select
        contacts.ticket_key,

        contacts.one_assigned_agent_id,
        contacts.one_replying_agent_key,

        contacts.one_assigned_agent_id is not null as is_assigned,
        case
            when contacts.one_assigned_agent_id is not null
                then contacts.one_assigned_agent_id <> contacts.other_assigned_agent_id
            else contacts.one_replying_agent_key <> contacts.other_replying_agent_key
        end as is_contested,

        contacts.last_assigned_at,
        contacts.last_reply_at

    from {{ ref('int_ticket_contacts__counted') }} as contacts
    where
        contacts.one_assigned_agent_id is not null
        or contacts.one_replying_agent_key is not null

),

holders as (

    select
        events.ticket_key,
        case
            when held_tickets.is_assigned then events.source_system || ':' || events.to_value
            else events.actor_key
        end as agent_key,

        held_tickets.is_assigned,

        events.event_key,
        events.occurred_at

    from {{ ref('int_ticket_events__counted') }} as events
    inner join held_tickets
        on
            events.ticket_key = held_tickets.ticket_key
            and held_tickets.is_contested
    where
        (
            held_tickets.is_assigned
            and events.event_type = 'assigned'
            and events.to_value is not null
            and not events.is_from_merged_ticket
        )
        or (not held_tickets.is_assigned and events.is_human_reply)

),

ordered_holders as (

    select
        holders.ticket_key,
        holders.agent_key,
        lag(holders.agent_key) over (
            partition by holders.ticket_key
            order by holders.occurred_at nulls last, holders.event_key nulls last
        ) as previous_agent_key,

        row_number() over (
            partition by holders.ticket_key
            order by holders.occurred_at desc nulls last, holders.event_key desc nulls last
        ) as place_from_the_end,

        holders.is_assigned,

        holders.occurred_at

    from holders

),

contested_tickets as (

    select
        ordered_holders.ticket_key,
        max(case when ordered_holders.place_from_the_end = 1 then ordered_holders.agent_key end) as agent_key,

        count(distinct case when ordered_holders.is_assigned then ordered_holders.agent_key end) as assigned_agent_count,
        count(*) filter (
            where ordered_holders.is_assigned and ordered_holders.agent_key <> ordered_holders.previous_agent_key
        ) as transfer_count,

        max(case when ordered_holders.place_from_the_end = 1 then ordered_holders.occurred_at end) as agent_since_at

    from ordered_holders
    group by ordered_holders.ticket_key

)

select
    contested_tickets.ticket_key,
    contested_tickets.agent_key,

    contested_tickets.assigned_agent_count,
    contested_tickets.transfer_count,

    contested_tickets.agent_since_at

from contested_tickets

union all

select
    held_tickets.ticket_key,
    coalesce(
        tickets.source_system || ':' || held_tickets.one_assigned_agent_id,
        held_tickets.one_replying_agent_key
    ) as agent_key,

    case when held_tickets.is_assigned then 1 else 0 end as assigned_agent_count,
    0 as transfer_count,

    coalesce(held_tickets.last_assigned_at, held_tickets.last_reply_at) as agent_since_at

from held_tickets
inner join {{ ref('int_tickets__unioned') }} as tickets
    on held_tickets.ticket_key = tickets.ticket_key
where not held_tickets.is_contested
