-- What does a line of an order come to, and whose product was it when it was ordered? Of an order not delivered to us: at as_of.
{{ keyed_by('int_orders__fingerprinted', 'order_key') }}

select
    order_items.order_item_key,
    order_items.source_system,
    order_items.order_key,
    order_items.line_number,
    order_items.product_key,
    products.merchant_key,

    products.category as product_category,

    order_items.quantity,
    order_items.unit_price,
    order_items.discount_amount,
    cast(
        order_items.quantity * order_items.unit_price - coalesce(order_items.discount_amount, 0) as {{ type_money() }}
    ) as line_amount

from {{ ref('int_order_items__unioned') }} as order_items
left join {{ ref('int_orders__unioned') }} as orders
    on order_items.order_key = orders.order_key
left join {{ ref('int_products__versioned') }} as products
    on
        order_items.product_key = products.product_key
        and {{ in_force_at('products', 'coalesce(orders.ordered_at, ' ~ as_of() ~ ')') }}
