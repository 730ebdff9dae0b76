-- Refunds as the shop last stated them.
with

current_refunds as (

    {{ current_rows(
        source('contract', 'refunds'),
        columns=[
            'refund_id', 'request_id', 'order_id', 'line_number', 'refunded_at', 'refund_amount',
            'currency', 'refund_method', 'updated_at'
        ]
    ) }}

)

select
    {{ entity_key('contract', ['current_refunds.refund_id']) }} as refund_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_refunds.request_id']) }} as request_key,
    {{ entity_key('contract', ['current_refunds.order_id']) }} as order_key,
    {{ entity_key('contract', ['current_refunds.order_id', 'current_refunds.line_number']) }} as order_item_key,

    current_refunds.refund_id,
    current_refunds.request_id,
    current_refunds.order_id,
    current_refunds.line_number,

    current_refunds.currency,
    current_refunds.refund_method,

    current_refunds.refund_amount,

    current_refunds.refunded_at,
    current_refunds.updated_at

from current_refunds
