-- Orders as the shop last stated them.
with

current_orders as (

    {{ current_rows(
        source('contract', 'orders'),
        columns=[
            'order_id', 'customer_id', 'merchant_id', 'ordered_at', 'paid_at', 'shipped_at',
            'delivered_at', 'cancelled_at', 'cancel_reason', 'order_amount', 'currency', 'shop_id', 'updated_at'
        ]
    ) }}

)

select
    {{ entity_key('contract', ['current_orders.order_id']) }} as order_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_orders.customer_id']) }} as customer_key,
    {{ entity_key('contract', ['current_orders.merchant_id']) }} as merchant_key,

    current_orders.order_id,
    current_orders.customer_id,
    current_orders.merchant_id,
    current_orders.shop_id,

    current_orders.cancel_reason,
    current_orders.currency,

    current_orders.order_amount,

    current_orders.ordered_at,
    current_orders.paid_at,
    current_orders.shipped_at,
    current_orders.delivered_at,
    current_orders.cancelled_at,
    current_orders.updated_at

from current_orders
