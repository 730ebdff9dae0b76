-- An order as it stood at as_of. Its moments are kept even where they contradict one another: the row says so, and knows no
-- duration there.
{{ keyed_by('int_orders__fingerprinted', 'order_key', tells_before=['customer_key']) }}

with

valued_orders as (

    select
        orders.order_key,
        orders.source_system,
        {{ shop_of('orders.source_system', 'orders.shop_id') }} as shop,
        orders.order_id,
        orders.customer_key,
        coalesce(orders.merchant_key, order_lines.merchant_key) as merchant_key,
        order_lines.product_key,

        order_lines.product_category,
        orders.cancel_reason,
        orders.currency,

        coalesce(order_lines.line_count, 0) as line_count,
        coalesce(order_lines.unit_count, 0) as unit_count,
        order_lines.lines_amount,
        orders.order_amount,
        coalesce(orders.order_amount, order_lines.lines_amount) as payable_amount,

        orders.ordered_at,
        orders.paid_at,
        orders.shipped_at,
        orders.delivered_at,
        orders.cancelled_at,
        {{ business_date('orders.ordered_at') }} as ordered_on

    from {{ ref('int_orders__unioned') }} as orders
    left join {{ ref('int_orders__summed_from_items') }} as order_lines
        on orders.order_key = order_lines.order_key

),

refunds_of_orders as (

    select
        refunds.order_key,

        cast(sum(refunds.reporting_amount) as {{ type_money() }}) as refunded_amount,
        cast(sum(
            case when {{ is_quality_reason('refunds.reason') }} then refunds.order_day_reporting_amount else 0 end
        ) as {{ type_money() }}) as refunded_for_quality_amount

    from {{ ref('int_refunds__valued') }} as refunds
    group by refunds.order_key

),

disputed_orders as (

    select requests.order_key
    from {{ ref('int_after_sales_requests__unioned') }} as requests
    where requests.escalated_to_platform_at is not null
    group by requests.order_key

)

select
    orders.order_key,
    orders.source_system,
    orders.shop,
    orders.order_id,
    orders.customer_key,
    orders.merchant_key,
    orders.product_key,

    orders.product_category,
    customers.region,
    customers.customer_tier,
    orders.cancel_reason,
    orders.currency,

    orders.paid_at is not null as is_paid,
    orders.shipped_at is not null as is_shipped,
    orders.delivered_at is not null as is_delivered,
    orders.cancelled_at is not null as is_cancelled,
    orders.cancelled_at is not null and coalesce(orders.cancel_reason = 'service', false) as is_cancelled_for_service,
    disputed_orders.order_key is not null as is_escalated_to_platform,
    orders.order_amount is null and orders.lines_amount is not null as is_amount_from_lines,
    {{ out_of_order(['orders.ordered_at', 'orders.paid_at', 'orders.shipped_at', 'orders.delivered_at']) }}
    or coalesce(orders.cancelled_at < orders.ordered_at, false) as has_moments_out_of_order,

    orders.line_count,
    orders.unit_count,
    orders.lines_amount,
    orders.order_amount,
    orders.payable_amount,
    {{ in_reporting_currency('orders.payable_amount', 'rates.rate') }} as reporting_amount,
    {{ in_reporting_currency(
        'case when orders.paid_at is null then 0 else orders.payable_amount end',
        'rates.rate'
    ) }} as reporting_paid_amount,
    refunds.refunded_amount as reporting_refunded_amount,
    refunds.refunded_for_quality_amount as reporting_refunded_for_quality_amount,
    {{ elapsed_hours('orders.ordered_at', 'orders.paid_at') }} as payment_hours,
    {{ elapsed_hours('orders.paid_at', 'orders.shipped_at') }} as shipping_hours,
    {{ elapsed_hours('orders.shipped_at', 'orders.delivered_at') }} as transit_hours,
    {{ elapsed_hours('orders.ordered_at', 'orders.delivered_at') }} as delivery_hours,

    orders.ordered_at,
    orders.paid_at,
    orders.shipped_at,
    orders.delivered_at,
    orders.cancelled_at,
    orders.ordered_on,
    {{ business_date('orders.paid_at') }} as paid_on,
    {{ business_date('orders.delivered_at') }} as delivered_on,
    {{ business_date('orders.cancelled_at') }} as cancelled_on

from valued_orders as orders
left join {{ ref('int_customers__versioned') }} as customers
    on
        orders.customer_key = customers.customer_key
        and {{ in_force_at('customers', 'orders.ordered_at') }}
left join refunds_of_orders as refunds
    on orders.order_key = refunds.order_key
left join disputed_orders
    on orders.order_key = disputed_orders.order_key
left join {{ ref('int_exchange_rates__daily') }} as rates
    on
        orders.currency = rates.currency
        and orders.ordered_on = rates.day_on
