-- Of which category and merchant was a product from when to when? The first known state reaches back to the beginning. A source that tells
-- no states has one of each product, the current one.
with

told_versions as (

    {{ union_of_sources('product_versions', {
        'product_key': type_text(),
        'merchant_key': type_text(),
        'category': type_text(),
        'changed_at': type_timestamp()
    }) }}

),

products_told_of as (

    select distinct told_versions.product_key
    from told_versions

),

versions as (

    select
        told_versions.product_key,
        told_versions.merchant_key,

        told_versions.category,

        told_versions.changed_at

    from told_versions

    union all

    select
        products.product_key,
        products.merchant_key,

        products.category,

        cast(null as {{ type_timestamp() }}) as changed_at

    from {{ ref('int_products__unioned') }} as products
    left join products_told_of
        on products.product_key = products_told_of.product_key
    where products_told_of.product_key is null

)

select
    versions.product_key,
    versions.merchant_key,

    versions.category,

    {{ applies_from('versions.product_key', 'versions.changed_at') }} as applies_from,
    {{ applies_to('versions.product_key', 'versions.changed_at') }} as applies_to

from versions
