-- A payment back to a customer. It is in excess when it carries the refunds of its order above what the order costs, or those of
-- its line above the line's amount with all of the order's shipping. An order that never came, or without amounts, cannot be judged.
{{ keyed_by('int_orders__fingerprinted', 'order_key', is_key_optional=true) }}

with

refunds_with_orders as (

    select
        refunds.refund_key,
        refunds.source_system,
        coalesce(orders.shop, {{ shop_of('refunds.source_system') }}) as shop,
        refunds.refund_id,
        refunds.request_key,
        refunds.order_key,
        order_items.order_item_key,
        orders.customer_key,
        coalesce(order_items.merchant_key, orders.merchant_key) as merchant_key,
        coalesce(order_items.product_key, orders.product_key) as product_key,

        coalesce(order_items.product_category, orders.product_category) as product_category,
        refunds.region,
        refunds.customer_tier,
        refunds.request_type,
        refunds.reason,
        refunds.currency,
        refunds.refund_method,

        refunds.refund_amount,
        refunds.amount_in_order_currency,
        refunds.reporting_amount,
        refunds.order_day_reporting_amount,
        order_items.line_amount,
        orders.payable_amount as order_limit_amount,
        order_items.line_amount + greatest(orders.payable_amount - orders.lines_amount, 0) as line_limit_amount,

        refunds.refunded_at,
        refunds.refunded_on,
        orders.ordered_on,

        -- A number in an id is dear to read, and asked for only of refunds of one moment.
        case
            when count(*) over (partition by refunds.order_key, refunds.refunded_at) > 1 then {{ id_order('refunds.refund_key') }}
        end as refund_order

    from {{ ref('int_refunds__valued') }} as refunds
    left join {{ ref('fct_orders') }} as orders
        on refunds.order_key = orders.order_key
    left join {{ ref('fct_order_items') }} as order_items
        on
            refunds.order_key = order_items.order_key
            and refunds.line_number = order_items.line_number

),

running_refunds as (

    select
        refunds.refund_key,

        sum(refunds.amount_in_order_currency) over (
            partition by refunds.order_key
            order by refunds.refunded_at nulls last, refunds.refund_order nulls last, refunds.refund_key nulls last
            rows between unbounded preceding and current row
        ) as order_refunded_amount,
        sum(refunds.amount_in_order_currency) over (
            partition by refunds.order_key, refunds.order_item_key
            order by refunds.refunded_at nulls last, refunds.refund_order nulls last, refunds.refund_key nulls last
            rows between unbounded preceding and current row
        ) as line_refunded_amount

    from refunds_with_orders as refunds

)

select
    refunds.refund_key,
    refunds.source_system,
    refunds.shop,
    refunds.refund_id,
    refunds.request_key,
    refunds.order_key,
    refunds.order_item_key,
    refunds.customer_key,
    refunds.merchant_key,
    refunds.product_key,

    refunds.product_category,
    refunds.region,
    refunds.customer_tier,
    refunds.request_type,
    refunds.reason,
    refunds.currency,
    refunds.refund_method,

    refunds.order_limit_amount is not null and refunds.amount_in_order_currency is not null as is_judged,
    coalesce(running.order_refunded_amount > refunds.order_limit_amount, false)
    or (
        refunds.order_item_key is not null
        and coalesce(running.line_refunded_amount > refunds.line_limit_amount, false)
    ) as is_excess,
    -- Of a line against the line alone: whether shipping goes back with it is another matter.
    case
        when refunds.order_item_key is not null then running.line_refunded_amount < refunds.line_amount
        else running.order_refunded_amount < refunds.order_limit_amount
    end as is_partial,

    refunds.refund_amount,
    refunds.reporting_amount as reporting_refund_amount,
    refunds.order_day_reporting_amount as order_day_reporting_refund_amount,
    cast(running.order_refunded_amount as {{ type_money() }}) as order_refunded_to_date_amount,
    refunds.order_limit_amount,

    refunds.refunded_at,
    refunds.refunded_on,
    refunds.ordered_on

from refunds_with_orders as refunds
inner join running_refunds as running
    on refunds.refund_key = running.refund_key
