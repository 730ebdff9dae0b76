-- Which customers of a shop's several systems are one person? A customer who is delivered for the first time joins a customer of another
-- system whom earlier rows gave the same id, else e-mail, else telephone number: the one who was delivered first, and with them whom they
-- joined. What is told later joins nobody, so that a key that was published stays. A value that more than five customers have by the end
-- of the run that delivered the new one says nothing of them.
-- noqa: disable=LT02
{% set most_holders = 5 -%}
{% set longest_chain = 8 -%}

with

identities as (

    select
        identities.customer_key,
        identities.source_system,
        {{ shop_of('identities.source_system') }} as shop,
        identities.rule,
        case identities.rule when 'id' then 1 when 'email' then 2 else 3 end as rule_rank,
        identities.value_hash,
        identities.delivery_number,
        identities.delivered_at,
        max(identities.delivery_number) over (partition by identities.run_id) as last_number_of_run,
        min(identities.delivery_number) over (partition by identities.customer_key) as first_number_of_customer

    from {{ ref('stg_loader__customer_identities') }} as identities

),

shared_identities as (

    select
        identities.customer_key,
        identities.source_system,
        identities.shop,
        identities.rule,
        identities.rule_rank,
        identities.value_hash,
        identities.delivery_number,
        identities.first_number_of_customer,
        -- By default the frame ends with all rows of the same number: with the whole run.
        count(*) over (
            partition by identities.shop, identities.rule, identities.value_hash
            order by identities.last_number_of_run
        ) as holder_count

    from identities

),

-- Two customers of one system stay two unless a customer of another one is both.
recognised_customers as (

    select
        newcomers.customer_key,
        earlier.customer_key as parent_key,

        newcomers.rule,

        row_number() over (
            partition by newcomers.customer_key
            order by newcomers.rule_rank, earlier.first_number_of_customer, earlier.customer_key
        ) as choice

    from shared_identities as newcomers
    inner join shared_identities as earlier
        on
            newcomers.shop = earlier.shop
            and newcomers.rule = earlier.rule
            and newcomers.value_hash = earlier.value_hash
            and newcomers.source_system <> earlier.source_system
            and newcomers.delivery_number > earlier.delivery_number
    where
        newcomers.delivery_number = newcomers.first_number_of_customer
        and newcomers.holder_count <= {{ most_holders }}

),

parents as (

    select
        recognised_customers.customer_key,
        recognised_customers.parent_key,

        recognised_customers.rule

    from recognised_customers
    where recognised_customers.choice = 1

),

newcomers_of_people as (

    select
        parents.customer_key,
        coalesce(
            {%- for step in range(longest_chain, 1, -1) %}
            parents_{{ step }}.parent_key,
            {%- endfor %}
            parents.parent_key
        ) as person_key,

        parents.rule

    from parents
    {%- for step in range(2, longest_chain + 1) %}
    left join parents as parents_{{ step }}
        on {{ 'parents' if step == 2 else 'parents_' ~ (step - 1) }}.parent_key = parents_{{ step }}.customer_key
    {%- endfor %}

),

members as (

    select
        newcomers_of_people.customer_key,
        newcomers_of_people.person_key,

        newcomers_of_people.rule

    from newcomers_of_people

    union all

    select distinct
        newcomers_of_people.person_key as customer_key,
        newcomers_of_people.person_key,

        cast(null as {{ type_text() }}) as rule

    from newcomers_of_people

),

first_deliveries as (

    select
        identities.customer_key,
        identities.source_system,
        identities.shop,

        min(identities.delivery_number) as delivery_number,
        min(identities.delivered_at) as delivered_at

    from identities
    where identities.delivery_number = identities.first_number_of_customer
    group by
        identities.customer_key,
        identities.source_system,
        identities.shop

)

select
    members.customer_key,
    members.person_key,
    first_deliveries.source_system,
    first_deliveries.shop,

    members.rule,
    row_number() over (
        partition by members.person_key
        order by first_deliveries.delivery_number
    ) as account_number,

    first_deliveries.delivered_at

from members
inner join first_deliveries
    on members.customer_key = first_deliveries.customer_key
