-- How many units of each line came back? Completed returns of the line, and of the whole order: without a quantity they mean
-- every unit, with one they are taken from the first line onwards, because nobody said which. Never more than were bought.
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
        lines.order_item_key,
        lines.order_key,
        lines.line_number,

        lines.quantity,
        case
            when returns_of_lines.is_whole_line then lines.quantity
            else least(lines.quantity, coalesce(returns_of_lines.quantity, 0))
        end as returned_quantity

    from {{ ref('int_order_items__valued') }} as lines
    left join returns_of_lines
        on
            lines.order_key = returns_of_lines.order_key
            and lines.line_number = returns_of_lines.line_number

),

kept_so_far as (

    select
        lines.order_item_key,
        lines.order_key,

        lines.quantity,
        lines.returned_quantity,
        coalesce(
            sum(lines.quantity - lines.returned_quantity) over (
                partition by lines.order_key
                order by lines.line_number nulls last, lines.order_item_key nulls last
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as kept_before

    from returned_as_lines as lines

)

select
    lines.order_item_key,

    cast(case
        when returns_of_orders.is_whole_order then lines.quantity
        else lines.returned_quantity + least(
            lines.quantity - lines.returned_quantity,
            greatest(coalesce(returns_of_orders.quantity, 0) - lines.kept_before, 0)
        )
    end as {{ type_integer() }}) as returned_quantity

from kept_so_far as lines
left join returns_of_orders
    on lines.order_key = returns_of_orders.order_key
