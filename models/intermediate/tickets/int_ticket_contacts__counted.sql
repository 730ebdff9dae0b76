-- How often was a ticket answered, and when first? One pass over the events that are contacts or assignments. Which reply was the first of
-- a person, or of a bot, is not known where somebody without a role replied before.
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key') }}

with

contact_events as (

    select
        events.ticket_key,

        events.event_type,
        events.actor_role,

        events.is_before_creation,
        events.is_from_merged_ticket,
        events.is_human_reply,
        events.is_bot_reply,

        events.occurred_at,
        max(case when events.is_bot_reply then events.occurred_at end) over (
            partition by events.ticket_key
            order by events.occurred_at nulls last, events.event_order nulls last, events.event_key nulls last
            rows between unbounded preceding and 1 preceding
        ) as previous_bot_reply_at

    from {{ ref('int_ticket_events__counted') }} as events
    where
        events.event_type in ('agent_reply', 'bot_reply', 'customer_reply', 'created')
        or (events.event_type in ('assigned', 'escalated') and not events.is_from_merged_ticket)

),

contacts as (

    select
        events.ticket_key,

        count(*) filter (
            where events.is_before_creation and (events.event_type <> 'created' or events.is_from_merged_ticket)
        ) as event_before_creation_count,
        count(*) filter (where events.is_human_reply) as human_reply_count,
        count(*) filter (where events.is_bot_reply) as bot_reply_count,
        count(*) filter (where events.event_type = 'agent_reply' and events.actor_role is null) as reply_without_role_count,
        -- With what a customer opened a ticket that was merged away later they wrote once more on the ticket it was merged into.
        count(*) filter (
            where events.event_type = 'customer_reply'
            or (
                events.event_type = 'created'
                and events.is_from_merged_ticket
                and coalesce(events.actor_role not in ('human', 'partner'), true)
            )
        ) as customer_reply_count,
        count(*) filter (where events.event_type = 'escalated') as escalation_count,
        count(*) filter (where events.event_type = 'assigned') as assignment_count,

        -- What was said on another ticket before this one was opened is no reply to it.
        count(*) filter (
            where events.is_before_creation and not events.is_from_merged_ticket
            and (events.is_human_reply or (events.event_type = 'agent_reply' and events.actor_role is null))
        ) > 0 as is_answered_before_creation,
        count(*) filter (
            where events.event_type = 'created' and not events.is_from_merged_ticket and events.actor_role in ('human', 'partner')
        ) > 0 as is_opened_by_staff,

        min(events.occurred_at) filter (where events.event_type = 'assigned' and not events.is_before_creation) as first_assigned_at,
        min(events.occurred_at) filter (where events.is_human_reply and not events.is_before_creation) as first_human_reply_at,
        min(events.occurred_at) filter (where events.is_bot_reply and not events.is_before_creation) as first_told_bot_reply_at,
        min(events.occurred_at) filter (
            where events.event_type = 'agent_reply' and events.actor_role is null and not events.is_before_creation
        ) as first_reply_without_role_at,
        -- A bot hands over also what was merged into this ticket, before it was opened. The later a person replied, the later was the bot's
        -- last reply before it.
        min(events.occurred_at) filter (
            where events.is_human_reply and events.previous_bot_reply_at is not null
        ) as taken_over_from_bot_at,
        min(events.previous_bot_reply_at) filter (where events.is_human_reply) as left_by_bot_at

    from contact_events as events
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
    contacts.is_opened_by_staff,

    contacts.first_assigned_at,
    case
        when coalesce(contacts.first_reply_without_role_at >= contacts.first_human_reply_at, true) then contacts.first_human_reply_at
    end as first_reply_at,
    case
        when coalesce(contacts.first_reply_without_role_at >= contacts.first_told_bot_reply_at, true) then contacts.first_told_bot_reply_at
    end as first_bot_reply_at,
    contacts.first_human_reply_at,
    contacts.first_reply_without_role_at,
    contacts.left_by_bot_at,
    contacts.taken_over_from_bot_at

from contacts
