-- The customers of all source systems. Who a customer is does not wait for as_of: people order first and register later.
with

customers as (

    {{ union_of_sources('customers', {
        'customer_key': type_text(),
        'source_system': type_text(),
        'customer_id': type_text(),
        'region': type_text(),
        'customer_tier': type_text(),
        'registered_at': type_timestamp()
    }) }}

)

select
    customers.customer_key,
    customers.source_system,
    customers.customer_id,

    customers.region,
    customers.customer_tier,

    {{ known_at('customers.registered_at') }} as registered_at

from customers
