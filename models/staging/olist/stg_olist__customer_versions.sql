-- Where people lived, one row per order of theirs: each order names the address of its day.
with

current_customers as (

    {{ current_rows(
        source('olist', 'customers'),
        columns=['customer_id', 'customer_unique_id', 'customer_state']
    ) }}

),

current_orders as (

    {{ current_rows(
        source('olist', 'orders'),
        columns=['order_id', 'customer_id', 'order_purchase_timestamp']
    ) }}

),

ranked_addresses as (

    select
        current_customers.customer_unique_id,
        current_customers.customer_state,

        row_number() over (
            partition by current_customers.customer_unique_id, current_orders.order_purchase_timestamp
            order by
                {{ id_order('current_customers.customer_id') }} desc nulls last, current_customers.customer_id desc nulls last,
                {{ id_order('current_orders.order_id') }} desc nulls last, current_orders.order_id desc nulls last
        ) as address_rank,

        current_orders.order_purchase_timestamp

    from current_customers
    left join current_orders
        on current_customers.customer_id = current_orders.customer_id

)

select
    {{ entity_key('olist', ['ranked_addresses.customer_unique_id']) }} as customer_key,
    'olist' as source_system,

    ranked_addresses.customer_unique_id as customer_id,

    ranked_addresses.customer_state as region,
    cast(null as {{ type_text() }}) as customer_tier,

    ranked_addresses.order_purchase_timestamp as changed_at

from ranked_addresses
where ranked_addresses.address_rank = 1
