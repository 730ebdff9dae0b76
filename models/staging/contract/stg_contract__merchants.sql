-- Merchants as the shop last stated them.
with

current_merchants as (

    {{ current_rows(
        source('contract', 'merchants'),
        columns=['merchant_id', 'merchant_name', 'category', 'region', 'opened_on', 'updated_at']
    ) }}

)

select
    {{ entity_key('contract', ['current_merchants.merchant_id']) }} as merchant_key,
    'contract' as source_system,

    current_merchants.merchant_id,

    current_merchants.merchant_name,
    current_merchants.category,
    current_merchants.region,

    current_merchants.opened_on,
    current_merchants.updated_at

from current_merchants
