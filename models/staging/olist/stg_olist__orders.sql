-- Orders of persons, with what was paid for them and the one seller, where there is only one.
with

current_orders as (

    {{ current_rows(
        source('olist', 'orders'),
        columns=[
            'order_id', 'customer_id', 'order_status', 'order_purchase_timestamp', 'order_approved_at',
            'order_delivered_carrier_date', 'order_delivered_customer_date'
        ]
    ) }}

),

current_customers as (

    {{ current_rows(
        source('olist', 'customers'),
        columns=['customer_id', 'customer_unique_id']
    ) }}

),

current_order_items as (

    {{ current_rows(
        source('olist', 'order_items'),
        columns=['order_id', 'order_item_id', 'seller_id']
    ) }}

),

current_order_payments as (

    {{ current_rows(
        source('olist', 'order_payments'),
        columns=['order_id', 'payment_sequential', 'payment_value']
    ) }}

),

sole_sellers as (

    select
        current_order_items.order_id,
        min(current_order_items.seller_id) as seller_id

    from current_order_items
    group by current_order_items.order_id
    having count(distinct current_order_items.seller_id) = 1

),

paid_amounts as (

    select
        current_order_payments.order_id,

        cast(sum(current_order_payments.payment_value) as {{ type_money() }}) as order_amount

    from current_order_payments
    group by current_order_payments.order_id

)

select
    {{ entity_key('olist', ['current_orders.order_id']) }} as order_key,
    'olist' as source_system,
    {{ entity_key('olist', ['current_customers.customer_unique_id']) }} as customer_key,
    {{ entity_key('olist', ['sole_sellers.seller_id']) }} as merchant_key,

    current_orders.order_id,
    current_customers.customer_unique_id as customer_id,
    sole_sellers.seller_id as merchant_id,
    cast(null as {{ type_text() }}) as shop_id,

    cast(null as {{ type_text() }}) as cancel_reason,
    'BRL' as currency,

    paid_amounts.order_amount,

    current_orders.order_purchase_timestamp as ordered_at,
    current_orders.order_approved_at as paid_at,
    current_orders.order_delivered_carrier_date as shipped_at,
    current_orders.order_delivered_customer_date as delivered_at,

    -- When it was cancelled is not in the data: the last thing that happened to it is the earliest it can have been.
    case
        when current_orders.order_status = 'canceled'
            then greatest(
                current_orders.order_purchase_timestamp,
                current_orders.order_approved_at,
                current_orders.order_delivered_carrier_date,
                current_orders.order_delivered_customer_date
            )
    end as cancelled_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_orders
left join current_customers
    on current_orders.customer_id = current_customers.customer_id
left join sole_sellers
    on current_orders.order_id = sole_sellers.order_id
left join paid_amounts
    on current_orders.order_id = paid_amounts.order_id
