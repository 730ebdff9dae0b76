-- An amount without a rate of its day would silently be missing from every sum. One row per fact and currency; what it says in the
-- column message is told with the failure.
with

amounts as (

    select
        'fct_orders' as fact,
        orders.order_key as row_key,
        orders.currency,
        orders.ordered_on as rate_on,
        orders.payable_amount as amount,
        orders.reporting_amount

    from {{ ref('fct_orders') }} as orders

    union all

    select
        'fct_order_items' as fact,
        order_items.order_item_key as row_key,
        order_items.currency,
        order_items.ordered_on as rate_on,
        order_items.payable_amount as amount,
        order_items.reporting_amount

    from {{ ref('fct_order_items') }} as order_items

    union all

    select
        'fct_after_sales_requests' as fact,
        requests.request_key as row_key,
        requests.currency,
        requests.requested_on as rate_on,
        requests.fee_charged_amount as amount,
        requests.reporting_fee_amount as reporting_amount

    from {{ ref('fct_after_sales_requests') }} as requests

    union all

    select
        'fct_refunds' as fact,
        refunds.refund_key as row_key,
        refunds.currency,
        refunds.refunded_on as rate_on,
        refunds.refund_amount as amount,
        refunds.reporting_refund_amount as reporting_amount

    from {{ ref('fct_refunds') }} as refunds

    union all

    -- Held against what was paid, a refund is worth what it was on the day of the order.
    select
        'fct_refunds' as fact,
        refunds.refund_key as row_key,
        refunds.currency,
        refunds.ordered_on as rate_on,
        refunds.refund_amount as amount,
        refunds.order_day_reporting_refund_amount as reporting_amount

    from {{ ref('fct_refunds') }} as refunds
    where
        refunds.ordered_on is not null
        and refunds.reporting_refund_amount is not null

    union all

    select
        'fct_service_costs' as fact,
        service_costs.cost_key as row_key,
        service_costs.currency,
        service_costs.incurred_on as rate_on,
        service_costs.cost_amount as amount,
        service_costs.reporting_cost_amount as reporting_amount

    from {{ ref('fct_service_costs') }} as service_costs

    union all

    select
        'dim_initiatives' as fact,
        initiatives.initiative_key as row_key,
        initiatives.currency,
        initiatives.started_on as rate_on,
        initiatives.investment_amount as amount,
        initiatives.reporting_investment_amount as reporting_amount

    from {{ ref('dim_initiatives') }} as initiatives

)

select
    amounts.fact,
    amounts.currency,

    count(*) as amount_count,

    case
        when amounts.currency is null
            then cast(count(*) as {{ type_text() }}) || ' amounts of ' || amounts.fact || ' have no currency: it belongs in their extract'
        else
            amounts.currency || ' has no rate for ' || cast(count(*) as {{ type_text() }}) || ' amounts of ' || amounts.fact || ' from '
            || cast(min(amounts.rate_on) as {{ type_text() }}) || ' to ' || cast(max(amounts.rate_on) as {{ type_text() }})
            || ': it belongs in seeds/reference/exchange_rates.csv'
    end as message

from amounts
where
    amounts.amount <> 0
    and amounts.reporting_amount is null
group by amounts.fact, amounts.currency
