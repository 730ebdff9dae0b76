-- Who sells.
select
    merchants.merchant_key,
    merchants.source_system,
    merchants.merchant_id,

    merchants.merchant_name,
    merchants.category,
    merchants.region,

    merchants.opened_on

from {{ ref('int_merchants__unioned') }} as merchants
