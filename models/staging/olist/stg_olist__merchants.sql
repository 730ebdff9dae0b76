-- Sellers as merchants. Their names are not in the data.
with

current_sellers as (

    {{ current_rows(
        source('olist', 'sellers'),
        columns=['seller_id', 'seller_state']
    ) }}

)

select
    {{ entity_key('olist', ['current_sellers.seller_id']) }} as merchant_key,
    'olist' as source_system,

    current_sellers.seller_id as merchant_id,

    cast(null as {{ type_text() }}) as merchant_name,
    cast(null as {{ type_text() }}) as category,
    current_sellers.seller_state as region,

    cast(null as {{ type_date() }}) as opened_on,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_sellers
