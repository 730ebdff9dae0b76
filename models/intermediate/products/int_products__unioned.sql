-- The products of all source systems, whole: a product has no moment at which it becomes known.
with

products as (

    {{ union_of_sources('products', {
        'product_key': type_text(),
        'source_system': type_text(),
        'product_id': type_text(),
        'merchant_key': type_text(),
        'product_name': type_text(),
        'category': type_text(),
        'return_policy': type_text(),
        'return_window_days': type_integer(),
        'warranty_days': type_integer()
    }) }}

)

select
    products.product_key,
    products.source_system,
    products.product_id,
    products.merchant_key,

    products.product_name,
    products.category,
    products.return_policy,

    products.return_window_days,
    products.warranty_days

from products
