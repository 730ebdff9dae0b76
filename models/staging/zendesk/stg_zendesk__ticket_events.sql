{{ config(enabled='zendesk' in var('source_systems')) }}
{% set bot_roles = listed_texts(var('zendesk', {}).get('bot_roles')) %}
{% set escalation_groups = listed_texts(var('zendesk', {}).get('escalation_groups')) %}
-- Comments are replies, by who wrote them and whether the customer sees them; what a ticket began with is its creation. Fields that were
-- given another value are changes. The numbers before the ids put what happens at one moment in the order in which it happens.
with

current_tickets as (

    {{ current_rows(
        source('zendesk', 'ticket'),
        columns=[
            'ticket_id', 'requester_id', 'created_at'
        ]
    ) }}

),

current_comments as (

    {{ current_rows(
        source('zendesk', 'ticket_comment'),
        columns=[
            'comment_id', 'ticket_id', 'user_id', 'is_public', 'commented_at'
        ]
    ) }}

),

current_values as (

    {{ current_rows(
        source('zendesk', 'ticket_field_history'),
        columns=[
            'ticket_id', 'field_name', 'changed_at', 'user_id', 'field_value'
        ]
    ) }}

),

current_chats as (

    {{ current_rows(
        source('zendesk', 'ticket_chat'),
        columns=[
            'chat_id', 'ticket_id'
        ]
    ) }}

),

current_chat_events as (

    {{ current_rows(
        source('zendesk', 'ticket_chat_event'),
        columns=[
            'chat_id', 'chat_index', 'event_type', 'actor_id', 'occurred_at'
        ]
    ) }}

),

users as (

    {{ current_rows(
        source('zendesk', 'user'),
        columns=[
            'user_id', 'role', 'custom_role_id'
        ]
    ) }}

),

values_in_order as (

    select
        current_values.ticket_id,
        current_values.field_name,
        current_values.user_id,
        case current_values.field_name
            when 'status'
                then {{ mapped_value('current_values.field_value', {'on_hold': ['hold', 'on-hold'], 'closed': ['closed', 'deleted']}) }}
            when 'priority' then {{ mapped_value('current_values.field_value', {'normal': ['normal', 'medium']}) }}
            else current_values.field_value
        end as new_value,
        coalesce(
            current_values.field_name in ('status', 'priority') and current_values.changed_at <= current_tickets.created_at, false
        ) as is_first_value,

        current_values.changed_at

    from current_values
    left join current_tickets
        on current_values.ticket_id = current_tickets.ticket_id

),

changes as (

    select
        values_in_order.ticket_id,
        values_in_order.field_name,
        values_in_order.user_id,
        lag(values_in_order.new_value) over (
            partition by values_in_order.ticket_id, values_in_order.field_name order by values_in_order.changed_at nulls last
        ) as value_before,
        values_in_order.new_value,
        values_in_order.is_first_value,

        values_in_order.changed_at

    from values_in_order

),

first_statuses as (

    select
        changes.ticket_id,
        max(changes.new_value) as status

    from changes
    where
        changes.is_first_value
        and changes.field_name = 'status'
    group by changes.ticket_id

),

replies as (

    select
        current_comments.comment_id,
        current_comments.ticket_id,
        current_comments.user_id,
        users.custom_role_id,
        current_comments.is_public,
        case
            when users.role in ('agent', 'admin') then true
            when users.role = 'end-user' then false
            else coalesce(current_comments.user_id <> current_tickets.requester_id, true)
        end as is_by_staff,

        coalesce(current_comments.commented_at <= current_tickets.created_at, false) and row_number() over (
            partition by current_comments.ticket_id
            order by current_comments.commented_at nulls last, {{ id_order('current_comments.comment_id') }} nulls last
        ) = 1 as is_first_words,

        current_comments.commented_at

    from current_comments
    left join current_tickets
        on current_comments.ticket_id = current_tickets.ticket_id
    left join users
        on current_comments.user_id = users.user_id

),

chat_messages as (

    select
        current_chats.ticket_id,
        current_chat_events.chat_id || '-' || cast(current_chat_events.chat_index as {{ type_text() }}) as message_id,
        case
            when current_chat_events.actor_id like 'agent:%' then substr(current_chat_events.actor_id, 7)
        end as agent_id,

        current_chat_events.occurred_at

    from current_chat_events
    inner join current_chats
        on current_chat_events.chat_id = current_chats.chat_id
    where
        current_chat_events.event_type = 'ChatMessage'
        and (
            current_chat_events.actor_id like 'agent:%'
            or current_chat_events.actor_id like 'visitor%'
            or current_chat_events.actor_id like 'end-user%'
        )

),

events as (

    select
        '1-created-' || current_tickets.ticket_id as event_id,
        current_tickets.ticket_id,
        cast(null as {{ type_text() }}) as actor_id,

        'created' as event_type,
        cast(null as {{ type_text() }}) as from_value,
        coalesce(first_statuses.status, 'new') as to_value,

        current_tickets.created_at as occurred_at

    from current_tickets
    left join first_statuses
        on current_tickets.ticket_id = first_statuses.ticket_id

    union all

    select
        '2-comment-' || replies.comment_id as event_id,
        replies.ticket_id,
        case when replies.is_by_staff then replies.user_id end as actor_id,

        case
            when not replies.is_by_staff then 'customer_reply'
            when not replies.is_public then 'internal_note'
            when replies.custom_role_id in ({{ bot_roles }}) then 'bot_reply'
            else 'agent_reply'
        end as event_type,
        cast(null as {{ type_text() }}) as from_value,
        cast(null as {{ type_text() }}) as to_value,

        replies.commented_at as occurred_at

    from replies
    where not replies.is_first_words

    union all

    select
        '2-message-' || chat_messages.message_id as event_id,
        chat_messages.ticket_id,
        chat_messages.agent_id as actor_id,

        case
            when chat_messages.agent_id is null then 'customer_reply'
            when users.custom_role_id in ({{ bot_roles }}) then 'bot_reply'
            else 'agent_reply'
        end as event_type,
        cast(null as {{ type_text() }}) as from_value,
        cast(null as {{ type_text() }}) as to_value,

        chat_messages.occurred_at

    from chat_messages
    left join users
        on chat_messages.agent_id = users.user_id

    union all

    select
        '3-' || changes.field_name || '-' || changes.ticket_id || '-' || cast(changes.changed_at as {{ type_text() }}) as event_id,
        changes.ticket_id,
        changes.user_id as actor_id,

        case changes.field_name
            when 'status' then 'status_changed'
            when 'priority' then 'priority_changed'
            when 'assignee_id' then 'assigned'
            else 'escalated'
        end as event_type,
        case
            when changes.field_name = 'status' then coalesce(changes.value_before, 'new')
            when changes.field_name <> 'group_id' then changes.value_before
        end as from_value,
        case when changes.field_name <> 'group_id' then changes.new_value end as to_value,

        changes.changed_at as occurred_at

    from changes
    where
        not changes.is_first_value
        and changes.new_value is not null
        and (
            changes.field_name in ('status', 'priority', 'assignee_id')
            or (changes.field_name = 'group_id' and changes.new_value in ({{ escalation_groups }}))
        )

)

select
    {{ entity_key('zendesk', ['events.event_id']) }} as event_key,
    'zendesk' as source_system,
    {{ entity_key('zendesk', ['events.ticket_id']) }} as ticket_key,
    {{ entity_key('zendesk', ['events.actor_id']) }} as actor_key,

    events.event_id,
    events.ticket_id,
    events.actor_id,

    events.event_type,
    events.from_value,
    events.to_value,

    events.occurred_at

from events
