-- What an order says of the KPI dimensions. It has a product category only if all its lines agree on one.
with

order_categories as (

    select
        order_items.order_key,
        case
            when count(*) = count(products.category) and min(products.category) = max(products.category)
                then min(products.category)
        end as product_category

    from {{ ref('fct_order_items') }} as order_items
    left join {{ ref('dim_products') }} as products
        on order_items.product_key = products.product_key
    group by order_items.order_key

)

select
    orders.order_key,
    orders.source_system,
    orders.customer_key,

    orders.merchant_key as merchant,
    order_categories.product_category,
    customers.region,
    customers.customer_tier,

    orders.ordered_on

from {{ ref('fct_orders') }} as orders
left join order_categories
    on orders.order_key = order_categories.order_key
left join {{ ref('dim_customers') }} as customers
    on orders.customer_key = customers.customer_key
