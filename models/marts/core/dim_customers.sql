-- Who orders and asks. Name, e-mail and telephone number stay in the raw tables.
select
    customers.customer_key,
    customers.source_system,

    customers.region,
    customers.customer_tier,

    customers.registered_at

from {{ ref('int_customers__unioned') }} as customers
