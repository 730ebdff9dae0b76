-- The lines of all source systems' orders. A line has no moment of its own: it is known unless its order was placed after as_of.
-- A line whose order was never delivered to us stays.
with

order_items as (

    {{ union_of_sources('order_items', {
        'order_item_key': type_text(),
        'source_system': type_text(),
        'order_key': type_text(),
        'line_number': type_integer(),
        'product_key': type_text(),
        'quantity': type_integer(),
        'unit_price': type_money(),
        'discount_amount': type_money()
    }) }}

),

later_orders as (

    select orders.order_key
    from (

        {{ union_of_sources('orders', {
            'order_key': type_text(),
            'ordered_at': type_timestamp()
        }) }}

    ) as orders
    where orders.ordered_at > {{ as_of() }}

)

select
    order_items.order_item_key,
    order_items.source_system,
    order_items.order_key,
    order_items.line_number,
    order_items.product_key,

    order_items.quantity,
    order_items.unit_price,
    order_items.discount_amount

from order_items
left join later_orders
    on order_items.order_key = later_orders.order_key
where later_orders.order_key is null
