-- How many units of each line came back? Completed returns of the line, and of the whole order: without a quantity they mean
-- every unit, with one they are taken from the first line onwards, because nobody said which. Never more than were bought.
{{ keyed_by('int_orders__fingerprinted', 'order_key') }}

with

completed_returns as (

    select
        requests.order_key,
        requests.line_number,

        requests.quantity

    from {{ ref('int_after_sales_requests__unioned') }} as requests
    where
        requests.request_type = 'return'
        and {{ is_request_completed('requests') }}

),

returns_of_lines as (

    select
        completed_returns.order_key,
        completed_returns.line_number,

        -- Without a quantity all units of the line came back.
        count(*) > count(completed_returns.quantity) as is_whole_line,
        sum(completed_returns.quantity) as quantity

    from completed_returns
    where completed_returns.line_number is not null
    group by
        completed_returns.order_key,
        completed_returns.line_number

),

returns_of_orders as (

    select
        completed_returns.order_key,

        count(*) > count(completed_returns.quantity) as is_whole_order,
        sum(completed_returns.quantity) as quantity

    from completed_returns
    where completed_returns.line_number is null
    group by completed_returns.order_key

),

returned_as_lines as (

    select
        order_lines.order_item_key,
        order_lines.order_key,
        order_lines.line_number,

        order_lines.quantity,
        case
            when returns_of_lines.is_whole_line then order_lines.quantity
            else least(order_lines.quantity, coalesce(returns_of_lines.quantity, 0))
        end as returned_quantity

    from {{ ref('int_order_items__valued') }} as order_lines
    left join returns_of_lines
        on
            order_lines.order_key = returns_of_lines.order_key
            and order_lines.line_number = returns_of_lines.line_number

),

kept_so_far as (

    select
        order_lines.order_item_key,
        order_lines.order_key,

        order_lines.quantity,
        order_lines.returned_quantity,
        coalesce(
            sum(order_lines.quantity - order_lines.returned_quantity) over (
                partition by order_lines.order_key
                order by
                    order_lines.line_number nulls last,
                    {{ id_order('case when order_lines.line_number is null then order_lines.order_item_key end') }} nulls last,
                    order_lines.order_item_key nulls last
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as kept_before

    from returned_as_lines as order_lines

)

select
    order_lines.order_item_key,
    order_lines.order_key,

    cast(case
        when returns_of_orders.is_whole_order then order_lines.quantity
        else order_lines.returned_quantity + least(
            order_lines.quantity - order_lines.returned_quantity,
            greatest(coalesce(returns_of_orders.quantity, 0) - order_lines.kept_before, 0)
        )
    end as {{ type_integer() }}) as returned_quantity

from kept_so_far as order_lines
left join returns_of_orders
    on order_lines.order_key = returns_of_orders.order_key
