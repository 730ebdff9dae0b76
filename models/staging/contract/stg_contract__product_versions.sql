-- What products were, one row per state that the shop told.
with

product_versions as (

    {{ all_versions(
        source('contract', 'products'),
        key=['product_id'],
        columns=['category', 'merchant_id']
    ) }}

)

select
    {{ entity_key('contract', ['product_versions.product_id']) }} as product_key,
    'contract' as source_system,
    {{ entity_key('contract', ['product_versions.merchant_id']) }} as merchant_key,

    product_versions.product_id,
    product_versions.merchant_id,

    product_versions.category,

    product_versions.updated_at as changed_at

from product_versions
