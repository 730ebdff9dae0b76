-- By what customers of a shop's systems may be recognised, and since which delivery.
select
    customer_identities.customer_key,
    customer_identities.source_system,

    customer_identities.rule,
    customer_identities.value_hash,
    customer_identities.run_id,

    customer_identities.delivery_number,

    customer_identities.delivered_at

from {{ source('loader', 'customer_identities') }} as customer_identities
