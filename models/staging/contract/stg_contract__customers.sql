-- Customers as the shop last stated them. Name, e-mail and telephone stop here.
with

current_customers as (

    {{ current_rows(
        source('contract', 'customers'),
        columns=['customer_id', 'registered_at', 'region', 'customer_tier', 'updated_at']
    ) }}

)

select
    {{ entity_key('contract', ['current_customers.customer_id']) }} as customer_key,
    'contract' as source_system,

    current_customers.customer_id,

    current_customers.region,
    current_customers.customer_tier,

    current_customers.registered_at,
    current_customers.updated_at

from current_customers
