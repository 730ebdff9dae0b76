-- A person's first account is that person's own. Where it is not, customers joined each other in a longer chain than the model follows.
select
    people.customer_key,
    people.person_key

from {{ ref('int_customers__joined') }} as people
inner join {{ ref('int_customers__joined') }} as first_accounts
    on people.person_key = first_accounts.customer_key
where people.person_key <> first_accounts.person_key
