-- Which part of what an order costs falls to each of its lines? In proportion to the lines' amounts; rounding the running sum
-- instead of each share makes the parts add up to the cent.
{{ keyed_by('int_orders__fingerprinted', 'order_key') }}

with

running_lines as (

    select
        order_items.order_item_key,
        order_items.order_key,

        order_items.line_amount,
        sum(order_items.line_amount) over (
            partition by order_items.order_key
            order by
                order_items.line_number nulls last,
                {{ id_order('case when order_items.line_number is null then order_items.order_item_key end') }} nulls last,
                order_items.order_item_key nulls last
            rows between unbounded preceding and current row
        ) as amount_to_here,
        sum(order_items.line_amount) over (partition by order_items.order_key) as lines_amount

    from {{ ref('int_order_items__valued') }} as order_items

),

running_shares as (

    select
        order_lines.order_item_key,
        order_lines.order_key,
        coalesce(orders.order_amount, order_lines.lines_amount) as payable_amount,

        {{ safe_divide('order_lines.line_amount', 'order_lines.lines_amount') }} as paid_share,
        {{ safe_divide('order_lines.amount_to_here', 'order_lines.lines_amount') }} as share_to_here,
        {{ safe_divide('order_lines.amount_to_here - order_lines.line_amount', 'order_lines.lines_amount') }} as share_before

    from running_lines as order_lines
    inner join {{ ref('int_orders__unioned') }} as orders
        on order_lines.order_key = orders.order_key

)

select
    running_shares.order_item_key,
    running_shares.order_key,

    running_shares.paid_share,
    {{ to_cents('cast(running_shares.payable_amount as ' ~ type_double() ~ ') * running_shares.share_to_here') }}
    - {{ to_cents('cast(running_shares.payable_amount as ' ~ type_double() ~ ') * running_shares.share_before') }} as payable_amount

from running_shares
