-- What customers were, one row per state that the shop told.
with

customer_versions as (

    {{ all_versions(
        source('contract', 'customers'),
        key=['customer_id'],
        columns=['region', 'customer_tier']
    ) }}

)

select
    {{ entity_key('contract', ['customer_versions.customer_id']) }} as customer_key,
    'contract' as source_system,

    customer_versions.customer_id,

    customer_versions.region,
    customer_versions.customer_tier,

    customer_versions.updated_at as changed_at

from customer_versions
