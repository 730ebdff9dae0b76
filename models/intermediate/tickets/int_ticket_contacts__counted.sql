-- How often was a ticket answered, and when first? One pass over the events that are contacts or assignments. Which reply was the first of
-- a person, or of a bot, is not known where somebody without a role replied before.
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key') }}

with

contacts as (

    select
        events.ticket_key,

        count(*) filter (where events.is_before_creation) as event_before_creation_count,
        count(*) filter (where events.is_human_reply) as human_reply_count,
        count(*) filter (where events.is_bot_reply) as bot_reply_count,
        count(*) filter (where events.event_type = 'agent_reply' and events.actor_role is null) as reply_without_role_count,
        -- What opened a ticket that was merged away later is one more contact on the ticket it was merged into.
        count(*) filter (where events.event_type in ('customer_reply', 'created')) as customer_reply_count,
        count(*) filter (where events.event_type = 'escalated') as escalation_count,
        count(*) filter (where events.event_type = 'assigned') as assignment_count,

        -- What was said on another ticket before this one was opened is no reply to it.
        count(*) filter (
            where events.is_before_creation and not events.is_from_merged_ticket
            and (events.is_human_reply or (events.event_type = 'agent_reply' and events.actor_role is null))
        ) > 0 as is_answered_before_creation,

        min(events.occurred_at) filter (where events.event_type = 'assigned' and not events.is_before_creation) as first_assigned_at,
        min(events.occurred_at) filter (where events.is_human_reply and not events.is_before_creation) as first_human_reply_at,
        min(events.occurred_at) filter (where events.is_bot_reply and not events.is_before_creation) as first_told_bot_reply_at,
        min(events.occurred_at) filter (
            where events.event_type = 'agent_reply' and events.actor_role is null and not events.is_before_creation
        ) as first_reply_without_role_at

    from {{ ref('int_ticket_events__counted') }} as events
    where
        events.event_type in ('agent_reply', 'bot_reply', 'customer_reply')
        or (events.event_type = 'created' and events.is_from_merged_ticket)
        or (events.event_type in ('assigned', 'escalated') and not events.is_from_merged_ticket)
    group by events.ticket_key

)

select
    contacts.ticket_key,

    contacts.event_before_creation_count,
    contacts.human_reply_count,
    contacts.bot_reply_count,
    contacts.reply_without_role_count,
    contacts.customer_reply_count,
    contacts.escalation_count,
    contacts.assignment_count,

    contacts.is_answered_before_creation,

    contacts.first_assigned_at,
    case
        when coalesce(contacts.first_reply_without_role_at >= contacts.first_human_reply_at, true) then contacts.first_human_reply_at
    end as first_reply_at,
    case
        when coalesce(contacts.first_reply_without_role_at >= contacts.first_told_bot_reply_at, true) then contacts.first_told_bot_reply_at
    end as first_bot_reply_at,
    contacts.first_human_reply_at,
    contacts.first_reply_without_role_at

from contacts
