-- What is an order made of, as hashes? Of its own row, its lines, what was asked for and paid back about it, and of the customer, products
-- and rate that held when it was placed. As long as one of its lines may come back it goes on with the date of as_of.
{{ config(
    materialized='fingerprinted',
    key='order_key',
    narrows=['int_orders__unioned', 'int_order_items__unioned', 'int_after_sales_requests__unioned', 'int_refunds__valued'],
    open_keys={'model': 'fct_order_items', 'where': 'open_rows.is_delivered and not open_rows.is_return_window_over'}
) }}

with

orders as (

    select
        orders.order_key,

        {{ whole_row_hash('orders') }} as row_hash,
        {{ whole_row_hash('customers') }} as customer_hash,
        {{ whole_row_hash('rates') }} as rate_hash,

        orders.ordered_at

    from {{ ref('int_orders__unioned') }} as orders
    left join {{ ref('int_customers__versioned') }} as customers
        on
            orders.customer_key = customers.customer_key
            and {{ in_force_at('customers', 'orders.ordered_at') }}
    left join {{ ref('int_exchange_rates__daily') }} as rates
        on
            orders.currency = rates.currency
            and {{ business_date('orders.ordered_at') }} = rates.day_on

),

order_lines as (

    select
        order_items.order_key,

        {{ whole_row_hash('order_items') }} as row_hash,
        {{ whole_row_hash('versions') }} as version_hash,
        {{ whole_row_hash('products') }} as product_hash

    from {{ ref('int_order_items__unioned') }} as order_items
    left join orders
        on order_items.order_key = orders.order_key
    left join {{ ref('int_products__versioned') }} as versions
        on
            order_items.product_key = versions.product_key
            and {{ in_force_at('versions', 'coalesce(orders.ordered_at, ' ~ as_of() ~ ')') }}
    left join {{ ref('dim_products') }} as products
        on order_items.product_key = products.product_key

),

parts as (

    select
        orders.order_key,
        {{ whole_row_hash('orders') }} as part_hash
    from orders

    union all

    select
        order_lines.order_key,
        {{ whole_row_hash('order_lines') }} as part_hash
    from order_lines

    union all

    select
        requests.order_key,
        {{ whole_row_hash('requests') }} as part_hash
    from {{ ref('int_after_sales_requests__unioned') }} as requests

    union all

    select
        refunds.order_key,
        {{ whole_row_hash('refunds') }} as part_hash
    from {{ ref('int_refunds__valued') }} as refunds

)

select
    parts.order_key as row_key,
    parts.order_key as group_key,

    {{ contents_of('parts') }} as fingerprint,
    cast({{ business_date('max(' ~ as_of() ~ ')') }} as {{ type_text() }}) as open_fingerprint

from parts
where parts.order_key is not null
group by parts.order_key
