-- Who answered a ticket, who was it given to, how often and when first? One pass over the events that count.
with

contacts as (

    select
        events.ticket_key,

        max(events.event_number) filter (
            where events.event_type = 'assigned' and not events.is_from_merged_ticket and events.to_value is not null
        ) as last_assignment_number,
        max(events.event_number) filter (where events.is_human_reply) as last_human_reply_number,

        count(*) as event_count,
        count(*) filter (where events.is_before_creation) as event_before_creation_count,
        count(*) filter (where events.is_human_reply) as human_reply_count,
        count(*) filter (where events.is_bot_reply) as bot_reply_count,
        count(*) filter (
            where events.event_type = 'agent_reply' and events.actor_role is null
        ) as reply_without_role_count,
        -- What opened a ticket that was merged away later is one more contact on the ticket it was merged into.
        count(*) filter (
            where
                events.event_type = 'customer_reply'
                or (events.event_type = 'created' and events.is_from_merged_ticket)
        ) as customer_reply_count,
        count(*) filter (where events.event_type = 'escalated' and not events.is_from_merged_ticket) as escalation_count,
        count(distinct events.to_value) filter (
            where events.event_type = 'assigned' and not events.is_from_merged_ticket
        ) as assigned_agent_count,

        min(events.occurred_at) filter (
            where events.event_type = 'assigned' and not events.is_from_merged_ticket and not events.is_before_creation
        ) as first_assigned_at,
        min(events.occurred_at) filter (
            where events.is_human_reply and not events.is_before_creation
        ) as first_reply_at,
        min(events.occurred_at) filter (
            where events.is_bot_reply and not events.is_before_creation
        ) as first_bot_reply_at

    from {{ ref('int_ticket_events__counted') }} as events
    group by events.ticket_key

)

select
    contacts.ticket_key,

    coalesce(
        last_assignments.source_system || ':' || last_assignments.to_value,
        last_human_replies.actor_key
    ) as agent_key,

    contacts.event_count,
    contacts.event_before_creation_count,
    contacts.human_reply_count,
    contacts.bot_reply_count,
    contacts.reply_without_role_count,
    contacts.customer_reply_count,
    contacts.escalation_count,
    contacts.assigned_agent_count,

    contacts.first_assigned_at,
    contacts.first_reply_at,
    contacts.first_bot_reply_at,
    coalesce(last_assignments.occurred_at, last_human_replies.occurred_at) as agent_since_at

from contacts
left join {{ ref('int_ticket_events__counted') }} as last_assignments
    on
        contacts.ticket_key = last_assignments.ticket_key
        and contacts.last_assignment_number = last_assignments.event_number
left join {{ ref('int_ticket_events__counted') }} as last_human_replies
    on
        contacts.ticket_key = last_human_replies.ticket_key
        and contacts.last_human_reply_number = last_human_replies.event_number
