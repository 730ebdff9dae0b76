-- Whom were the customers of a shop's several systems recognised as, and by what? The ids of the accounts stay in the warehouse.
select
    people.person_key as customer_key,
    people.source_system,
    coalesce(people.join_rule, 'first') as join_rule,

    cast(count(*) as {{ type_integer() }}) as account_count,

    min(people.delivered_at) as delivered_at

from {{ ref('int_customers__joined') }} as people
group by
    people.person_key,
    people.source_system,
    coalesce(people.join_rule, 'first')
