-- Tickets as the help desk last stated them.
with

current_tickets as (

    {{ current_rows(
        source('contract', 'tickets'),
        columns=[
            'ticket_id', 'customer_id', 'order_id', 'merchant_id', 'product_id', 'channel', 'issue_type',
            'priority', 'is_complaint', 'is_pre_sale', 'resolution_code', 'created_at',
            'merged_into_ticket_id', 'is_spam', 'contact_reason', 'handling_seconds', 'shop_id', 'updated_at'
        ]
    ) }}

)

select
    {{ entity_key('contract', ['current_tickets.ticket_id']) }} as ticket_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_tickets.customer_id']) }} as customer_key,
    {{ entity_key('contract', ['current_tickets.order_id']) }} as order_key,
    {{ entity_key('contract', ['current_tickets.merchant_id']) }} as merchant_key,
    {{ entity_key('contract', ['current_tickets.product_id']) }} as product_key,
    {{ entity_key('contract', ['current_tickets.merged_into_ticket_id']) }} as merged_into_ticket_key,

    current_tickets.ticket_id,
    current_tickets.customer_id,
    current_tickets.order_id,
    current_tickets.merchant_id,
    current_tickets.product_id,
    current_tickets.merged_into_ticket_id,
    current_tickets.shop_id,

    current_tickets.channel,
    current_tickets.issue_type,
    current_tickets.priority,
    current_tickets.resolution_code,
    current_tickets.contact_reason,

    current_tickets.is_complaint,
    current_tickets.is_pre_sale,
    current_tickets.is_spam,

    current_tickets.handling_seconds,

    current_tickets.created_at,
    current_tickets.updated_at

from current_tickets
