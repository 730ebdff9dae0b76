-- What is sold, and on what terms it may come back.
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

from {{ ref('int_products__unioned') }} as products
