-- The orders of all source systems, as they were known at as_of: orders placed later are not there, later steps of an order are null.
with

orders as (

    {{ union_of_sources('orders', {
        'order_key': type_text(),
        'source_system': type_text(),
        'order_id': type_text(),
        'shop_id': type_text(),
        'customer_key': type_text(),
        'merchant_key': type_text(),
        'cancel_reason': type_text(),
        'currency': type_text(),
        'order_amount': type_money(),
        'ordered_at': type_timestamp(),
        'paid_at': type_timestamp(),
        'shipped_at': type_timestamp(),
        'delivered_at': type_timestamp(),
        'cancelled_at': type_timestamp()
    }) }}

)

select
    orders.order_key,
    orders.source_system,
    orders.order_id,
    orders.shop_id,
    coalesce(people.person_key, orders.customer_key) as customer_key,
    orders.merchant_key,

    {{ known_with('orders.cancelled_at', 'orders.cancel_reason') }} as cancel_reason,
    orders.currency,

    orders.order_amount,

    orders.ordered_at,
    {{ known_at('orders.paid_at') }} as paid_at,
    {{ known_at('orders.shipped_at') }} as shipped_at,
    {{ known_at('orders.delivered_at') }} as delivered_at,
    {{ known_at('orders.cancelled_at') }} as cancelled_at

from orders
left join {{ ref('int_customers__joined') }} as people
    on orders.customer_key = people.customer_key
where orders.ordered_at <= {{ as_of() }}
