-- Which customers of a shop's several systems are one person? A customer whom a run delivers for the first time joins a customer of another
-- system who by the end of that run has the same id, else e-mail, else telephone number; of several the first one, and with them whom they
-- joined. What later runs tell joins nobody, so that a key that was published stays. Of the customers of one run those are first who name
-- no other system's id and have the most values: whom others are recognised by. A value that more than five customers have by the end of
-- the run says nothing of its newcomers.
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
        max(identities.delivered_at) over (partition by identities.run_id) as run_ended_at

    from {{ ref('stg_loader__customer_identities') }} as identities

),

held_identities as (

    select
        identities.customer_key,
        identities.source_system,
        identities.shop,
        identities.rule,
        identities.rule_rank,
        identities.value_hash,

        -- By default the frame ends with all rows of the same moment: with the whole run.
        count(*) over (
            partition by identities.shop, identities.rule, identities.value_hash
            order by identities.run_ended_at asc nulls last
        ) as holder_count,

        identities.delivery_number,
        identities.delivered_at,
        identities.run_ended_at,
        min(identities.run_ended_at) over (partition by identities.customer_key) as first_run_ended_at

    from identities

),

customers as (

    select
        first_identities.customer_key,
        first_identities.source_system,
        first_identities.shop,

        row_number() over (
            order by
                first_identities.first_run_ended_at asc nulls last,
                -- Everybody has an id of their own.
                case when count(*) filter (where first_identities.rule = 'id') > 1 then 1 else 0 end asc nulls last,
                count(*) filter (where first_identities.rule <> 'id') desc nulls last,
                min(first_identities.delivery_number) asc nulls last
        ) as customer_number,

        min(first_identities.delivered_at) as delivered_at

    from held_identities as first_identities
    where first_identities.run_ended_at = first_identities.first_run_ended_at
    group by
        first_identities.customer_key,
        first_identities.source_system,
        first_identities.shop,
        first_identities.first_run_ended_at

),

numbered_identities as (

    select
        held_identities.customer_key,
        held_identities.source_system,
        held_identities.shop,
        held_identities.rule,
        held_identities.rule_rank,
        held_identities.value_hash,

        held_identities.holder_count,
        customers.customer_number,

        held_identities.run_ended_at,
        held_identities.first_run_ended_at

    from held_identities
    inner join customers
        on held_identities.customer_key = customers.customer_key

),

-- Two customers of one system stay two unless a customer of another one is both.
recognised_customers as (

    select
        newcomers.customer_key,
        known.customer_key as parent_key,

        newcomers.rule as join_rule,

        row_number() over (
            partition by newcomers.customer_key
            order by newcomers.rule_rank asc nulls last, known.customer_number asc nulls last
        ) as choice

    from numbered_identities as newcomers
    inner join numbered_identities as known
        on
            newcomers.shop = known.shop
            and newcomers.rule = known.rule
            and newcomers.value_hash = known.value_hash
            and newcomers.source_system <> known.source_system
            and newcomers.customer_number > known.customer_number
            and newcomers.run_ended_at >= known.run_ended_at
    where
        newcomers.run_ended_at = newcomers.first_run_ended_at
        and newcomers.holder_count <= {{ most_holders }}

),

parents as (

    select
        recognised_customers.customer_key,
        recognised_customers.parent_key,

        recognised_customers.join_rule

    from recognised_customers
    where recognised_customers.choice = 1

),

joined_customers as (

    select
        parents.customer_key,
        coalesce(
            {%- for step in range(longest_chain, 1, -1) %}
            parents_{{ step }}.parent_key,
            {%- endfor %}
            parents.parent_key
        ) as person_key,

        parents.join_rule

    from parents
    {%- for step in range(2, longest_chain + 1) %}
    left join parents as parents_{{ step }}
        on {{ 'parents' if step == 2 else 'parents_' ~ (step - 1) }}.parent_key = parents_{{ step }}.customer_key
    {%- endfor %}

),

accounts as (

    select
        joined_customers.customer_key,
        joined_customers.person_key,

        joined_customers.join_rule

    from joined_customers

    union all

    select distinct
        joined_customers.person_key as customer_key,
        joined_customers.person_key,

        cast(null as {{ type_text() }}) as join_rule

    from joined_customers

)

select
    accounts.customer_key,
    accounts.person_key,
    customers.source_system,
    customers.shop,

    accounts.join_rule,
    cast(row_number() over (
        partition by accounts.person_key
        order by customers.customer_number asc nulls last
    ) as {{ type_integer() }}) as account_number,

    customers.delivered_at

from accounts
inner join customers
    on accounts.customer_key = customers.customer_key
