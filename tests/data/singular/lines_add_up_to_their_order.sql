-- What an order costs is spread over its lines to the cent: figures by product and by order come to the same total.
with

allocated_orders as (

    select
        order_items.order_key,

        sum(order_items.payable_amount) as payable_amount,
        sum(order_items.line_amount) as lines_amount

    from {{ ref('fct_order_items') }} as order_items
    where order_items.is_order_known
    group by order_items.order_key

)

select
    orders.order_key,

    orders.payable_amount,
    allocated_orders.payable_amount as allocated_amount

from {{ ref('fct_orders') }} as orders
inner join allocated_orders
    on orders.order_key = allocated_orders.order_key
where
    allocated_orders.lines_amount <> 0
    and orders.payable_amount <> allocated_orders.payable_amount
