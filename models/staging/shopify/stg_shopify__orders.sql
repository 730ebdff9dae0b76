{{ config(enabled='shopify' in var('source_systems')) }}
{% set delivered_after_days = var('shopify', {}).get('delivered_after_days') %}
{% set no_moment = 'cast(null as ' ~ type_timestamp() ~ ')' %}
-- In an export an order's own fields stand on its first row; the others repeat its name and e-mail alone. Of an order that the connector's
-- tables tell too, the export's rows are not read again.
with

current_lines as (

    {{ current_rows(
        source('shopify', 'order_lines'),
        columns=[
            'order_name', 'email', 'created_at', 'paid_at', 'fulfilled_at', 'cancelled_at', 'currency', 'total',
            'vendor'
        ]
    ) }}

),

connector_orders as (

    {{ current_rows(
        source('shopify', 'order'),
        columns=[
            'shopify_order_id', 'order_name', 'email', 'currency', 'total', 'fulfillment_status',
            'cancel_reason', 'created_at', 'cancelled_at', 'updated_at'
        ]
    ) }}

),

connector_lines as (

    {{ current_rows(
        source('shopify', 'order_line'),
        columns=[
            'shopify_order_id', 'vendor'
        ]
    ) }}

),

transactions as (

    {{ current_rows(
        source('shopify', 'transaction'),
        columns=[
            'shopify_order_id', 'kind', 'status', 'created_at', 'processed_at'
        ]
    ) }}

),

fulfillments as (

    {{ current_rows(
        source('shopify', 'fulfillment'),
        columns=[
            'fulfillment_id', 'shopify_order_id', 'status', 'created_at'
        ]
    ) }}

),

fulfillment_events as (

    {{ current_rows(
        source('shopify', 'fulfillment_event'),
        columns=[
            'fulfillment_id', 'status', 'happened_at'
        ]
    ) }}

),

vendors as (

    select
        connector_lines.shopify_order_id,
        max(connector_lines.vendor) as merchant_id

    from connector_lines
    group by connector_lines.shopify_order_id
    having count(distinct connector_lines.vendor) = 1 and count(*) = count(connector_lines.vendor)

),

payments as (

    select
        transactions.shopify_order_id,
        min(coalesce(transactions.processed_at, transactions.created_at)) as paid_at

    from transactions
    where
        transactions.kind in ('sale', 'capture')
        and transactions.status = 'success'
    group by transactions.shopify_order_id

),

arrivals as (

    select
        fulfillment_events.fulfillment_id,
        count(*) as event_count,
        max(case when fulfillment_events.status = 'delivered' then fulfillment_events.happened_at end) as delivered_at

    from fulfillment_events
    group by fulfillment_events.fulfillment_id

),

-- An order has left with its last parcel, and arrived with the last one to arrive.
deliveries as (

    select
        fulfillments.shopify_order_id,

        coalesce(sum(arrivals.event_count), 0) > 0 as is_followed,

        max(fulfillments.created_at) as shipped_at,
        case when count(*) = count(arrivals.delivered_at) then max(arrivals.delivered_at) end as delivered_at

    from fulfillments
    left join arrivals
        on fulfillments.fulfillment_id = arrivals.fulfillment_id
    where coalesce(fulfillments.status, 'success') not in ('cancelled', 'error', 'failure')
    group by fulfillments.shopify_order_id

),

connector_told as (

    select
        {{ order_number('connector_orders.order_name') }} as order_id,
        coalesce(connector_orders.email, 'order ' || connector_orders.order_name) as customer_id,
        vendors.merchant_id,

        {{ mapped_value('connector_orders.cancel_reason', {
            'stock': ['inventory'], 'payment': ['declined'], 'changed_mind': ['customer'], 'other': ['fraud', 'staff', 'other']
        }) }} as cancel_reason,
        connector_orders.currency,

        connector_orders.total as order_amount,

        connector_orders.created_at as ordered_at,
        payments.paid_at,
        case when connector_orders.fulfillment_status = 'fulfilled' then deliveries.shipped_at end as shipped_at,
        case when connector_orders.fulfillment_status = 'fulfilled' then deliveries.delivered_at end as delivered_at,
        connector_orders.cancelled_at,
        connector_orders.updated_at,
        coalesce(deliveries.is_followed, false) as is_followed

    from connector_orders
    left join vendors
        on connector_orders.shopify_order_id = vendors.shopify_order_id
    left join payments
        on connector_orders.shopify_order_id = payments.shopify_order_id
    left join deliveries
        on connector_orders.shopify_order_id = deliveries.shopify_order_id

),

exported_orders as (

    select
        current_lines.order_name,
        {{ order_number('current_lines.order_name') }} as order_id,
        coalesce(max(current_lines.email), 'order ' || current_lines.order_name) as customer_id,
        case when count(distinct current_lines.vendor) = 1 and count(*) = count(current_lines.vendor) then max(current_lines.vendor) end
            as merchant_id,

        max(current_lines.currency) as currency,

        max(current_lines.total) as order_amount,

        max(current_lines.created_at) as ordered_at,
        max(current_lines.paid_at) as paid_at,
        max(current_lines.fulfilled_at) as shipped_at,
        max(current_lines.cancelled_at) as cancelled_at

    from current_lines
    where current_lines.order_name not in (select connector_orders.order_name from connector_orders)
    group by current_lines.order_name

),

orders as (

    select
        connector_told.order_id,
        connector_told.customer_id,
        connector_told.merchant_id,

        connector_told.cancel_reason,
        connector_told.currency,

        connector_told.order_amount,

        connector_told.ordered_at,
        connector_told.paid_at,
        connector_told.shipped_at,
        connector_told.delivered_at,
        connector_told.cancelled_at,
        connector_told.updated_at,
        connector_told.is_followed

    from connector_told

    union all

    select
        exported_orders.order_id,
        exported_orders.customer_id,
        exported_orders.merchant_id,

        cast(null as {{ type_text() }}) as cancel_reason,
        exported_orders.currency,

        exported_orders.order_amount,

        exported_orders.ordered_at,
        exported_orders.paid_at,
        exported_orders.shipped_at,
        {{ no_moment }} as delivered_at,
        exported_orders.cancelled_at,
        {{ no_moment }} as updated_at,
        false as is_followed

    from exported_orders

)

select
    {{ entity_key('shopify', ['orders.order_id']) }} as order_key,
    'shopify' as source_system,
    {{ entity_key('shopify', ['orders.customer_id']) }} as customer_key,
    {{ entity_key('shopify', ['orders.merchant_id']) }} as merchant_key,

    orders.order_id,
    orders.customer_id,
    orders.merchant_id,
    cast(null as {{ type_text() }}) as shop_id,

    orders.cancel_reason,
    orders.currency,

    orders.order_amount,

    orders.ordered_at,
    orders.paid_at,
    orders.shipped_at,
    {% if delivered_after_days is none -%}
        orders.delivered_at,
    {%- else -%}
        case when orders.is_followed then orders.delivered_at else {{ add_days('orders.shipped_at', delivered_after_days) }} end as delivered_at,
    {%- endif %}
    orders.cancelled_at,
    orders.updated_at

from orders
