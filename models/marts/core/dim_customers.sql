-- Who orders and asks: a person once, with however many accounts in the systems of a shop. Name, e-mail and telephone number stay in the
-- raw tables.
select
    customers.person_key as customer_key,
    customers.source_system,
    {{ shop_of('customers.source_system') }} as shop,

    customers.region,
    customers.customer_tier,

    customers.registered_at

from {{ ref('int_customers__unioned') }} as customers
where customers.speaks_for_person
