-- Products as the shop last stated them.
with

current_products as (

    {{ current_rows(
        source('contract', 'products'),
        columns=[
            'product_id', 'product_name', 'category', 'merchant_id', 'return_policy', 'return_window_days',
            'warranty_days', 'updated_at'
        ]
    ) }}

)

select
    {{ entity_key('contract', ['current_products.product_id']) }} as product_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_products.merchant_id']) }} as merchant_key,

    current_products.product_id,
    current_products.merchant_id,

    current_products.product_name,
    current_products.category,
    current_products.return_policy,

    current_products.return_window_days,
    current_products.warranty_days,

    current_products.updated_at

from current_products
