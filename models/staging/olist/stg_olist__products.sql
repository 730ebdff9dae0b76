-- Products by category. Who offers a product is not in the data: several sellers may sell the same one.
with

current_products as (

    {{ current_rows(
        source('olist', 'products'),
        columns=['product_id', 'product_category_name']
    ) }}

)

select
    {{ entity_key('olist', ['current_products.product_id']) }} as product_key,
    'olist' as source_system,
    cast(null as {{ type_text() }}) as merchant_key,

    current_products.product_id,
    cast(null as {{ type_text() }}) as merchant_id,

    cast(null as {{ type_text() }}) as product_name,
    current_products.product_category_name as category,
    cast(null as {{ type_text() }}) as return_policy,

    cast(null as {{ type_integer() }}) as return_window_days,
    cast(null as {{ type_integer() }}) as warranty_days,

    cast(null as {{ type_timestamp() }}) as updated_at

from current_products
