{{ config(enabled='zendesk' in var('source_systems')) }}
{% set orders_of = var('zendesk', {}).get('orders_of') %}
{% set handling_seconds = custom_field('zendesk', 'current_tickets.custom_fields', 'fields', 'handling_seconds') %}
-- What a ticket is about is told by its tags (seed ticket_labels), what it belongs to by fields that each account names for itself.
with

current_tickets as (

    {{ current_rows(
        source('zendesk', 'ticket'),
        columns=[
            'ticket_id', 'requester_id', 'status', 'priority', 'via_channel', 'merged_ticket_ids', 'custom_fields',
            'created_at', 'updated_at'
        ]
    ) }}

),

current_tags as (

    {{ current_rows(
        source('zendesk', 'ticket_tag'),
        columns=[
            'ticket_id', 'tag'
        ]
    ) }}

),

labelled_tickets as (

    select
        current_tags.ticket_id,

        min(ticket_labels.issue_type) as issue_type,

        coalesce(max(case when ticket_labels.is_complaint then 1 else 0 end), 0) = 1 as is_complaint,
        coalesce(max(case when ticket_labels.is_pre_sale then 1 else 0 end), 0) = 1 as is_pre_sale

    from current_tags
    inner join {{ ref('ticket_labels') }} as ticket_labels
        on lower(current_tags.tag) = ticket_labels.label
    group by current_tags.ticket_id

),

merged_tickets as (

    select
        {{ json_elements('current_tickets.merged_ticket_ids') }} as ticket_id,
        current_tickets.ticket_id as merged_into_ticket_id

    from current_tickets
    where current_tickets.merged_ticket_ids <> '[]'

),

surviving_tickets as (

    select
        merged_tickets.ticket_id,
        max(merged_tickets.merged_into_ticket_id) as merged_into_ticket_id

    from merged_tickets
    group by merged_tickets.ticket_id

),

tickets as (

    select
        current_tickets.ticket_id,
        current_tickets.requester_id,
        {{ order_number(custom_field('zendesk', 'current_tickets.custom_fields', 'fields', 'order')) }} as order_id,
        {{ custom_field('zendesk', 'current_tickets.custom_fields', 'fields', 'merchant') }} as merchant_id,
        {{ custom_field('zendesk', 'current_tickets.custom_fields', 'fields', 'product') }} as product_id,
        surviving_tickets.merged_into_ticket_id,

        {{ mapped_value('current_tickets.via_channel', {
            'email': ['email', 'mail', 'web', 'web_form', 'api', 'closed_ticket', 'follow_up', 'side_conversation'],
            'phone': ['voice', 'phone', 'phone_call_inbound', 'phone_call_outbound', 'voicemail', 'sms', 'text'],
            'chat': ['chat', 'native_messaging', 'messaging', 'sunshine_conversations_api', 'web_messenger', 'web_widget', 'live_chat'],
            'social': [
                'facebook', 'facebook_post', 'facebook_message', 'twitter', 'twitter_dm', 'twitter_favorite', 'twitter_like', 'instagram_dm',
                'instagram', 'whatsapp', 'wechat', 'line', 'telegram', 'viber', 'google_business_messages', 'any_channel', 'kakaotalk'
            ],
            'app': ['mobile_sdk', 'mobile', 'android', 'ios'],
            'self_service': ['help_center', 'forum', 'topic', 'request_form'],
            'bot': ['answer_bot', 'answer_bot_for_web_widget', 'answer_bot_for_slack', 'answer_bot_for_sdk', 'answer_bot_api']
        }) }} as channel,
        labelled_tickets.issue_type,
        {{ mapped_value('current_tickets.priority', {'normal': ['normal', 'medium']}) }} as priority,
        {{ custom_field('zendesk', 'current_tickets.custom_fields', 'fields', 'resolution_code') }} as resolution_code,
        {{ custom_field('zendesk', 'current_tickets.custom_fields', 'fields', 'contact_reason') }} as contact_reason,

        coalesce(labelled_tickets.is_complaint, false) as is_complaint,
        coalesce(labelled_tickets.is_pre_sale, false) as is_pre_sale,
        coalesce(current_tickets.status = 'deleted', false) as is_spam,

        case when {{ regex_matches(handling_seconds, '^[0-9]{1,9}$') }} then cast({{ handling_seconds }} as {{ type_integer() }}) end
            as handling_seconds,

        current_tickets.created_at,
        current_tickets.updated_at

    from current_tickets
    left join labelled_tickets
        on current_tickets.ticket_id = labelled_tickets.ticket_id
    left join surviving_tickets
        on current_tickets.ticket_id = surviving_tickets.ticket_id

)

select
    {{ entity_key('zendesk', ['tickets.ticket_id']) }} as ticket_key,
    'zendesk' as source_system,
    {{ entity_key('zendesk', ['tickets.requester_id']) }} as customer_key,
    {{ key_elsewhere(orders_of, 'tickets.order_id') }} as order_key,
    {{ key_elsewhere(orders_of, 'tickets.merchant_id') }} as merchant_key,
    {{ key_elsewhere(orders_of, 'tickets.product_id') }} as product_key,
    {{ entity_key('zendesk', ['tickets.merged_into_ticket_id']) }} as merged_into_ticket_key,

    tickets.ticket_id,
    tickets.requester_id as customer_id,
    tickets.order_id,
    tickets.merchant_id,
    tickets.product_id,
    tickets.merged_into_ticket_id,
    cast(null as {{ type_text() }}) as shop_id,

    tickets.channel,
    coalesce(tickets.issue_type, 'unknown') as issue_type,
    tickets.priority,
    tickets.resolution_code,
    tickets.contact_reason,

    tickets.is_complaint,
    tickets.is_pre_sale,
    tickets.is_spam,

    tickets.handling_seconds,

    tickets.created_at,
    tickets.updated_at

from tickets
