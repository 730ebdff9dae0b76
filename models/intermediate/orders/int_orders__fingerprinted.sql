-- What is an order made of, as hashes? Of its own row, its lines, what was asked for and paid back about it, and of the customer and
-- rate that held when it was placed, or asked about; of all that was ever known of its products, which change seldom. As long as one of its
-- lines may come back, or nobody can say yet what became of a request, it goes on with as_of.
{% set an_outcome_is_awaited -%}
    open_rows.is_completed_within_24h is null
    or (open_rows.is_approved and open_rows.is_completed_since_approval is null)
    or (open_rows.request_type = 'repair' and open_rows.is_completed and open_rows.is_repeated_within_90d is null)
{%- endset -%}
{{ config(
    materialized='fingerprinted',
    key='order_key',
    narrows=['int_orders__unioned', 'int_order_items__unioned', 'int_after_sales_requests__unioned', 'int_refunds__valued'],
    open_keys=[
        {'model': 'fct_order_items', 'where': 'open_rows.is_delivered and not open_rows.is_return_window_over'},
        {'model': 'fct_after_sales_requests', 'where': an_outcome_is_awaited}
    ]
) }}

with

-- Of a version that begins after as_of a line without an order takes nothing until then.
product_states as (

    select
        versions.product_key,

        {{ whole_row_hash('versions') }} as row_hash,
        versions.applies_from <= {{ as_of() }} as is_begun

    from {{ ref('int_products__versioned') }} as versions

    union all

    select
        products.product_key,

        {{ whole_row_hash('products') }} as row_hash,
        true as is_begun

    from {{ ref('dim_products') }} as products

),

products as (

    select
        product_states.product_key,

        {{ contents_of('product_states') }} as fingerprint

    from product_states
    group by product_states.product_key

),

refunds_of_requests as (

    select
        refunds.request_key,

        {{ contents_of('refunds') }} as fingerprint

    from {{ ref('int_refunds__valued') }} as refunds
    where refunds.request_key is not null
    group by refunds.request_key

),

shops_that_tell_methods as (

    select {{ shop_of('refunds.source_system') }} as shop
    from {{ ref('int_refunds__valued') }} as refunds
    where refunds.refund_method is not null
    group by {{ shop_of('refunds.source_system') }}

),

parts as (

    select
        orders.order_key,
        {{ row_hash([whole_row_hash('orders'), whole_row_hash('customers'), whole_row_hash('rates')]) }} as part_hash
    from {{ ref('int_orders__unioned') }} as orders
    left join {{ ref('int_customers__versioned') }} as customers
        on
            orders.customer_key = customers.customer_key
            and {{ in_force_at('customers', 'orders.ordered_at') }}
    left join {{ ref('int_exchange_rates__daily') }} as rates
        on
            orders.currency = rates.currency
            and {{ business_date('orders.ordered_at') }} = rates.day_on

    union all

    select
        order_items.order_key,
        {{ row_hash([whole_row_hash('order_items'), 'products.fingerprint']) }} as part_hash
    from {{ ref('int_order_items__unioned') }} as order_items
    left join products
        on order_items.product_key = products.product_key

    union all

    -- What settles a request may have been paid back for another order.
    select
        requests.order_key,
        {{ row_hash([
            whole_row_hash('requests'), whole_row_hash('customers'), whole_row_hash('rates'), 'refunds_of_requests.fingerprint',
            'shops_that_tell_methods.shop'
        ]) }} as part_hash
    from {{ ref('int_after_sales_requests__unioned') }} as requests
    left join {{ ref('int_orders__unioned') }} as orders
        on requests.order_key = orders.order_key
    left join {{ ref('int_customers__versioned') }} as customers
        on
            orders.customer_key = customers.customer_key
            and {{ in_force_at('customers', 'requests.requested_at') }}
    left join {{ ref('int_exchange_rates__daily') }} as rates
        on
            coalesce(requests.currency, orders.currency) = rates.currency
            and {{ business_date('requests.requested_at') }} = rates.day_on
    left join refunds_of_requests
        on requests.request_key = refunds_of_requests.request_key
    left join shops_that_tell_methods
        on {{ shop_of('requests.source_system') }} = shops_that_tell_methods.shop

    union all

    select
        refunds.order_key,
        {{ whole_row_hash('refunds') }} as part_hash
    from {{ ref('int_refunds__valued') }} as refunds

)

select
    parts.order_key as row_key,
    cast(null as {{ type_text() }}) as group_key,

    {{ row_hash(['count(*)', 'sum(cast(parts.part_hash as decimal(38, 0)))']) }} as fingerprint

from parts
where parts.order_key is not null
group by parts.order_key
