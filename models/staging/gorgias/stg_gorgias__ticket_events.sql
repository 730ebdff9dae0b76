{{ config(enabled='gorgias' in var('source_systems')) }}
-- A ticket is created, and solved when it was closed last: the API knows open and closed only. The first message is what it began with,
-- if that is not younger. The numbers before the ids put what happens at one moment in the order in which it happens.
with

current_tickets as (

    {{ current_rows(
        source('gorgias', 'tickets'),
        columns=[
            'ticket_id', 'status', 'created_at', 'closed_at'
        ]
    ) }}

),

current_messages as (

    {{ current_rows(
        source('gorgias', 'messages'),
        columns=[
            'message_id', 'ticket_id', 'sender_id', 'is_from_agent', 'is_public', 'via', 'sent_at'
        ]
    ) }}

),

messages as (

    select
        current_messages.message_id,
        current_messages.ticket_id,
        current_messages.sender_id,
        current_messages.is_from_agent,
        current_messages.is_public,
        current_messages.via,

        coalesce(current_messages.sent_at <= current_tickets.created_at, false) and row_number() over (
            partition by current_messages.ticket_id
            order by current_messages.sent_at nulls last, {{ id_order('current_messages.message_id') }} nulls last
        ) = 1 as is_first_words,

        current_messages.sent_at

    from current_messages
    left join current_tickets
        on current_messages.ticket_id = current_tickets.ticket_id

),

events as (

    select
        '1-created-' || current_tickets.ticket_id as event_id,
        current_tickets.ticket_id,
        cast(null as {{ type_text() }}) as actor_id,

        'created' as event_type,
        cast(null as {{ type_text() }}) as from_value,
        'open' as to_value,

        current_tickets.created_at as occurred_at

    from current_tickets

    union all

    select
        '2-message-' || messages.message_id as event_id,
        messages.ticket_id,
        case when messages.is_from_agent then messages.sender_id end as actor_id,

        case
            when not messages.is_from_agent then 'customer_reply'
            when not messages.is_public then 'internal_note'
            when messages.via = 'rule' then 'bot_reply'
            else 'agent_reply'
        end as event_type,
        cast(null as {{ type_text() }}) as from_value,
        cast(null as {{ type_text() }}) as to_value,

        messages.sent_at as occurred_at

    from messages
    where not messages.is_first_words

    union all

    select
        '3-closed-' || current_tickets.ticket_id as event_id,
        current_tickets.ticket_id,
        cast(null as {{ type_text() }}) as actor_id,

        'status_changed' as event_type,
        'open' as from_value,
        'solved' as to_value,

        current_tickets.closed_at as occurred_at

    from current_tickets
    where
        current_tickets.status = 'closed'
        and current_tickets.closed_at is not null

)

select
    {{ entity_key('gorgias', ['events.event_id']) }} as event_key,
    'gorgias' as source_system,
    {{ entity_key('gorgias', ['events.ticket_id']) }} as ticket_key,
    {{ entity_key('gorgias', ['events.actor_id']) }} as actor_key,

    events.event_id,
    events.ticket_id,
    events.actor_id,

    events.event_type,
    events.from_value,
    events.to_value,

    events.occurred_at

from events
