-- The customers of all source systems, and the person each one is. Who a customer is does not wait for as_of: people order first and
-- register later. Of a person's accounts the one speaks for them that tells most of where they live and in which tier they are, of such
-- the first.
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
    coalesce(people.person_key, customers.customer_key) as person_key,
    customers.source_system,
    customers.customer_id,

    customers.region,
    customers.customer_tier,

    row_number() over (
        partition by coalesce(people.person_key, customers.customer_key)
        order by
            case when customers.region is null then 1 else 0 end + case when customers.customer_tier is null then 1 else 0 end
            asc nulls last,
            people.account_number asc nulls last,
            {{ id_order('case when people.person_key is not null then customers.customer_key end') }} asc nulls last,
            customers.customer_key asc nulls last
    ) = 1 as speaks_for_person,

    {{ known_at('customers.registered_at') }} as registered_at

from customers
left join {{ ref('int_customers__joined') }} as people
    on customers.customer_key = people.customer_key
