-- Where did a customer live, and in which tier were they, from when to when? The first known state reaches back to the beginning: of the
-- time before it nothing was ever told. A source that tells no states has one of each customer, the current one. A
-- person's states are those of the account that speaks for them; of one whose accounts are all gone, those of the first.
with

told_states as (

    {{ union_of_sources('customer_versions', {
        'customer_key': type_text(),
        'region': type_text(),
        'customer_tier': type_text(),
        'changed_at': type_timestamp()
    }) }}

),

told_versions as (

    select
        coalesce(people.person_key, told_states.customer_key) as customer_key,

        told_states.region,
        told_states.customer_tier,

        told_states.changed_at

    from told_states
    left join {{ ref('int_customers__joined') }} as people
        on told_states.customer_key = people.customer_key
    left join {{ ref('int_customers__unioned') }} as speakers
        on
            people.person_key = speakers.person_key
            and speakers.speaks_for_person
    where
        people.customer_key is null
        or told_states.customer_key = coalesce(speakers.customer_key, people.person_key)

),

customers_told_of as (

    select distinct told_versions.customer_key
    from told_versions

),

versions as (

    select
        told_versions.customer_key,

        told_versions.region,
        told_versions.customer_tier,

        told_versions.changed_at

    from told_versions

    union all

    select
        customers.person_key as customer_key,

        customers.region,
        customers.customer_tier,

        cast(null as {{ type_timestamp() }}) as changed_at

    from {{ ref('int_customers__unioned') }} as customers
    left join customers_told_of
        on customers.person_key = customers_told_of.customer_key
    where
        customers.speaks_for_person
        and customers_told_of.customer_key is null

)

select
    versions.customer_key,

    versions.region,
    versions.customer_tier,

    {{ applies_from('versions.customer_key', 'versions.changed_at') }} as applies_from,
    {{ applies_to('versions.customer_key', 'versions.changed_at') }} as applies_to

from versions
