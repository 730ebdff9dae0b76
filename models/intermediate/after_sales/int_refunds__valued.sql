-- What is a refund worth? In the reporting currency on its own day, and at the rates of the order's day: the customer paid then, and a
-- later move of the rates must not make a full refund look like too much. With what its customer was when it was paid out.
with

refunds_with_orders as (

    select
        refunds.refund_key,
        refunds.source_system,
        refunds.refund_id,
        refunds.order_key,
        refunds.request_key,
        coalesce(refunds.line_number, requests.line_number) as line_number,

        customers.region,
        customers.customer_tier,
        requests.request_type,
        requests.reason,
        coalesce(refunds.currency, orders.currency) as currency,
        orders.currency as order_currency,
        refunds.refund_method,

        refunds.refund_amount,

        refunds.refunded_at,
        {{ business_date('refunds.refunded_at') }} as refunded_on,
        {{ business_date('orders.ordered_at') }} as ordered_on

    from {{ ref('int_refunds__unioned') }} as refunds
    left join {{ ref('int_orders__unioned') }} as orders
        on refunds.order_key = orders.order_key
    left join {{ ref('int_after_sales_requests__unioned') }} as requests
        on
            refunds.request_key = requests.request_key
            and refunds.order_key = requests.order_key
    left join {{ ref('int_customers__versioned') }} as customers
        on
            orders.customer_key = customers.customer_key
            and {{ in_force_at('customers', 'refunds.refunded_at') }}

)

select
    refunds.refund_key,
    refunds.source_system,
    refunds.refund_id,
    refunds.order_key,
    refunds.request_key,
    refunds.line_number,

    refunds.region,
    refunds.customer_tier,
    refunds.request_type,
    refunds.reason,
    refunds.currency,
    refunds.refund_method,

    refunds.refund_amount,
    case
        when refunds.currency = refunds.order_currency then refunds.refund_amount
        when refunds.currency is null and refunds.order_currency is null then refunds.refund_amount
        else {{ to_cents(
            'cast(refunds.refund_amount as ' ~ type_double() ~ ') * ' ~ safe_divide('refund_rates.rate', 'order_rates.rate')
        ) }}
    end as amount_in_order_currency,
    {{ in_reporting_currency('refunds.refund_amount', 'own_rates.rate') }} as reporting_amount,
    {{ in_reporting_currency('refunds.refund_amount', 'refund_rates.rate') }} as order_day_reporting_amount,

    refunds.refunded_at,
    refunds.refunded_on

from refunds_with_orders as refunds
left join {{ ref('int_exchange_rates__daily') }} as own_rates
    on
        refunds.currency = own_rates.currency
        and refunds.refunded_on = own_rates.day_on
left join {{ ref('int_exchange_rates__daily') }} as refund_rates
    on
        refunds.currency = refund_rates.currency
        and refunds.ordered_on = refund_rates.day_on
left join {{ ref('int_exchange_rates__daily') }} as order_rates
    on
        refunds.order_currency = order_rates.currency
        and refunds.ordered_on = order_rates.day_on
