{{ config(enabled='gorgias' in var('source_systems')) }}
{% set orders_of = var('gorgias', {}).get('orders_of') %}
-- What a ticket is about is told by its tags (seed ticket_labels).
with

current_tickets as (

    {{ current_rows(
        source('gorgias', 'tickets'),
        columns=[
            'ticket_id', 'customer_id', 'order_name', 'priority', 'channel', 'tags', 'is_spam', 'created_at',
            'updated_at'
        ]
    ) }}

),

tags as (

    select
        current_tickets.ticket_id,
        {{ json_elements('current_tickets.tags') }} as tag

    from current_tickets
    where current_tickets.tags <> '[]'

),

labelled_tickets as (

    select
        tags.ticket_id,

        min(ticket_labels.issue_type) as issue_type,

        coalesce(max(case when ticket_labels.is_complaint then 1 else 0 end), 0) = 1 as is_complaint,
        coalesce(max(case when ticket_labels.is_pre_sale then 1 else 0 end), 0) = 1 as is_pre_sale

    from tags
    inner join {{ ref('ticket_labels') }} as ticket_labels
        on lower(tags.tag) = ticket_labels.label
    group by tags.ticket_id

),

tickets as (

    select
        current_tickets.ticket_id,
        current_tickets.customer_id,
        {{ order_number('current_tickets.order_name') }} as order_id,

        {{ mapped_value('current_tickets.channel', {
            'email': ['email', 'contact_form'], 'phone': ['phone', 'sms', 'aircall'], 'chat': ['chat', 'gorgias_chat'], 'app': ['api'],
            'social': [
                'facebook', 'facebook-messenger', 'facebook-mention', 'facebook-recommendations', 'instagram-comment', 'instagram-mention',
                'instagram-ad-comment', 'instagram-direct-message', 'twitter', 'twitter-direct-message', 'whatsapp', 'tiktok-shop', 'yotpo-review'
            ],
            'self_service': ['help-center'], 'store': ['internal-note']
        }) }} as channel,
        labelled_tickets.issue_type,
        {{ mapped_value('current_tickets.priority', {'urgent': ['critical', 'urgent']}) }} as priority,

        coalesce(labelled_tickets.is_complaint, false) as is_complaint,
        coalesce(labelled_tickets.is_pre_sale, false) as is_pre_sale,
        coalesce(current_tickets.is_spam, false) as is_spam,

        current_tickets.created_at,
        current_tickets.updated_at

    from current_tickets
    left join labelled_tickets
        on current_tickets.ticket_id = labelled_tickets.ticket_id

)

select
    {{ entity_key('gorgias', ['tickets.ticket_id']) }} as ticket_key,
    'gorgias' as source_system,
    {{ entity_key('gorgias', ['tickets.customer_id']) }} as customer_key,
    {{ key_elsewhere(orders_of, 'tickets.order_id') }} as order_key,
    cast(null as {{ type_text() }}) as merchant_key,
    cast(null as {{ type_text() }}) as product_key,
    cast(null as {{ type_text() }}) as merged_into_ticket_key,

    tickets.ticket_id,
    tickets.customer_id,
    tickets.order_id,
    cast(null as {{ type_text() }}) as merchant_id,
    cast(null as {{ type_text() }}) as product_id,
    cast(null as {{ type_text() }}) as merged_into_ticket_id,
    cast(null as {{ type_text() }}) as shop_id,

    tickets.channel,
    coalesce(tickets.issue_type, 'unknown') as issue_type,
    tickets.priority,
    cast(null as {{ type_text() }}) as resolution_code,
    cast(null as {{ type_text() }}) as contact_reason,

    tickets.is_complaint,
    tickets.is_pre_sale,
    tickets.is_spam,

    cast(null as {{ type_integer() }}) as handling_seconds,

    tickets.created_at,
    tickets.updated_at

from tickets
