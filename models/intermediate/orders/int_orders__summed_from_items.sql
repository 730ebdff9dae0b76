-- What do the lines of an order come to together? A product, category or merchant is said of the order only if all its lines agree.
{{ keyed_by('int_orders__fingerprinted', 'order_key') }}

select
    order_items.order_key,
    case
        when count(*) = count(order_items.product_key) and min(order_items.product_key) = max(order_items.product_key)
            then min(order_items.product_key)
    end as product_key,
    case
        when count(*) = count(order_items.merchant_key) and min(order_items.merchant_key) = max(order_items.merchant_key)
            then min(order_items.merchant_key)
    end as merchant_key,

    case
        when count(*) = count(order_items.product_category) and min(order_items.product_category) = max(order_items.product_category)
            then min(order_items.product_category)
    end as product_category,

    count(*) as line_count,
    cast(sum(order_items.quantity) as {{ type_integer() }}) as unit_count,
    cast(sum(order_items.line_amount) as {{ type_money() }}) as lines_amount

from {{ ref('int_order_items__valued') }} as order_items
group by order_items.order_key
