-- What is a refund worth in the currency the order was paid in? At the rates of the order's day: the customer paid then, and a
-- later move of the rates must not make a full refund look like too much.
with

refunds_with_orders as (

    select
        refunds.refund_key,
        refunds.order_key,
        refunds.request_key,
        coalesce(refunds.line_number, requests.line_number) as line_number,

        coalesce(refunds.currency, orders.currency) as currency,
        orders.currency as order_currency,

        refunds.refund_amount,

        {{ business_date('orders.ordered_at') }} as ordered_on

    from {{ ref('int_refunds__unioned') }} as refunds
    left join {{ ref('int_orders__unioned') }} as orders
        on refunds.order_key = orders.order_key
    left join {{ ref('int_after_sales_requests__unioned') }} as requests
        on
            refunds.request_key = requests.request_key
            and refunds.order_key = requests.order_key

)

select
    refunds.refund_key,
    refunds.line_number,

    refunds.currency,

    case
        when refunds.currency = refunds.order_currency then refunds.refund_amount
        when refunds.currency is null and refunds.order_currency is null then refunds.refund_amount
        else {{ to_cents(
            'cast(refunds.refund_amount as ' ~ type_double() ~ ') * ' ~ safe_divide('refund_rates.rate', 'order_rates.rate')
        ) }}
    end as amount_in_order_currency

from refunds_with_orders as refunds
left join {{ ref('int_exchange_rates__daily') }} as refund_rates
    on
        refunds.currency = refund_rates.currency
        and refunds.ordered_on = refund_rates.day_on
left join {{ ref('int_exchange_rates__daily') }} as order_rates
    on
        refunds.order_currency = order_rates.currency
        and refunds.ordered_on = order_rates.day_on
