-- A line of an order, with its part of what the order costs and what became of it. A line whose order was never delivered to us
-- stays, and knows nothing but itself. Returned units are those of completed returns.
{{ keyed_by('int_orders__fingerprinted', 'order_key') }}

select
    order_items.order_item_key,
    order_items.source_system,
    coalesce(orders.shop, {{ shop_of('order_items.source_system') }}) as shop,
    order_items.order_key,
    order_items.line_number,
    order_items.product_key,
    orders.customer_key,
    coalesce(orders.merchant_key, order_items.merchant_key) as merchant_key,

    order_items.product_category,
    orders.region,
    orders.customer_tier,
    orders.currency,
    products.return_policy,
    products.return_window_days,

    orders.order_key is not null as is_order_known,
    coalesce(orders.is_paid, false) as is_paid,
    coalesce(orders.is_delivered, false) as is_delivered,
    coalesce(orders.is_cancelled, false) as is_cancelled,
    coalesce(
        orders.is_delivered
        and {{ business_date(as_of()) }} > {{ add_days_to_date(
            'orders.delivered_on',
            'coalesce(products.return_window_days, ' ~ var('default_return_window_days') ~ ')'
        ) }},
        false
    ) as is_return_window_over,

    order_items.quantity,
    order_items.unit_price,
    order_items.discount_amount,
    order_items.line_amount,
    allocated.paid_share,
    cast(allocated.payable_amount as {{ type_money() }}) as payable_amount,
    {{ in_reporting_currency('allocated.payable_amount', 'rates.rate') }} as reporting_amount,
    {{ in_reporting_currency(
        'case when orders.is_paid then allocated.payable_amount else 0 end',
        'rates.rate'
    ) }} as reporting_paid_amount,
    {{ in_reporting_currency('order_items.line_amount', 'rates.rate') }} as reporting_line_amount,
    coalesce(returned.returned_quantity, 0) as returned_quantity,
    {{ in_reporting_currency(
        line_value('order_items.line_amount', 'coalesce(returned.returned_quantity, 0)', 'order_items.quantity'),
        'rates.rate'
    ) }} as reporting_returned_amount,

    orders.ordered_on,
    orders.delivered_on

from {{ ref('int_order_items__valued') }} as order_items
left join {{ ref('fct_orders') }} as orders
    on order_items.order_key = orders.order_key
left join {{ ref('int_order_items__allocated') }} as allocated
    on order_items.order_item_key = allocated.order_item_key
left join {{ ref('int_order_items__returned') }} as returned
    on order_items.order_item_key = returned.order_item_key
left join {{ ref('dim_products') }} as products
    on order_items.product_key = products.product_key
left join {{ ref('int_exchange_rates__daily') }} as rates
    on
        orders.currency = rates.currency
        and orders.ordered_on = rates.day_on
