-- How many customers ordered, met a problem with an order, and how did they judge it at last? By the day of the order.
-- noqa: disable=PRS,LT05
with

sources_with_tickets as (

    select distinct tickets.source_system
    from {{ ref('fct_tickets') }} as tickets

),

problem_orders as (

    select distinct tickets.order_key
    from {{ ref('fct_tickets') }} as tickets
    where tickets.is_in_scope and tickets.order_key is not null

),

-- A source that never delivered a ticket does not say that its orders needed none.
customer_orders as (

    select
        orders.order_key,
        orders.source_system,
        orders.merchant_key,

        orders.product_category,
        orders.region,
        orders.customer_tier,

        problem_orders.order_key is not null as has_problem,

        -- Each cell counts its customers, and numbers take a fraction of the memory of keys.
        dense_rank() over (order by orders.customer_key asc nulls last) as customer_number,

        orders.ordered_on

    from {{ ref('fct_orders') }} as orders
    inner join sources_with_tickets
        on orders.source_system = sources_with_tickets.source_system
    left join problem_orders
        on orders.order_key = problem_orders.order_key
    where orders.customer_key is not null

),

problem_judgements as (

    select
        responses.response_key,
        orders.source_system,
        orders.customer_key,
        orders.merchant_key,
        tickets.agent_key,

        tickets.channel,
        tickets.issue_type,
        tickets.priority,
        orders.product_category,
        orders.region,
        orders.customer_tier,
        tickets.agent_team,

        responses.overall_score >= 4 as is_satisfied,

        row_number() over (
            order by responses.submitted_at asc nulls last, responses.response_key asc nulls last
        ) as judgement_number,

        orders.ordered_on

    from {{ ref('fct_survey_responses') }} as responses
    inner join {{ ref('fct_tickets') }} as tickets
        on responses.ticket_key = tickets.ticket_key
    inner join {{ ref('fct_orders') }} as orders
        on tickets.order_key = orders.order_key
    where
        responses.is_valid
        and responses.overall_score is not null
        and tickets.is_in_scope
        and orders.customer_key is not null

),

customers_with_orders as (

    {{ measures_of('customer_orders', 'ordered_on', dimensions_of('order'), per='customer_number', measures=[
        {'name': 'customers_with_order', 'distinct': 'true'},
        {'name': 'customers_with_problem', 'distinct': 'facts.has_problem'}
    ]) }}

),

customers_with_judgements as (

    {{ measures_of('problem_judgements', 'ordered_on', dimensions_of('ticket'), per='customer_key', measures=[
        {'name': 'customers_with_judgement', 'distinct': 'true'},
        {'name': 'customers_satisfied_at_last', 'distinct': 'facts.is_satisfied', 'latest_by': 'facts.judgement_number'}
    ]) }}

)

{{ union_of_measures(['customers_with_orders', 'customers_with_judgements']) }}
