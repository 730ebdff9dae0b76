-- One row per order, by the day it was placed: did it need service, and how did the customer judge that at last? Several tickets
-- about one order have one last judgement. The number of a judgement orders all of them, so that the last one of a customer with
-- several orders in a period can be told. The orders of a source that never delivered a ticket are left out: it does not say that
-- they needed no service.
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

judged_tickets as (

    select
        tickets.order_key,
        responses.is_satisfied,

        row_number() over (
            order by responses.submitted_at asc nulls last, responses.response_key asc nulls last
        ) as judgement_number

    from {{ ref('int_survey_responses__observed') }} as responses
    inner join {{ ref('fct_tickets') }} as tickets
        on responses.ticket_key = tickets.ticket_key
    where responses.is_satisfied is not null and tickets.is_in_scope and tickets.order_key is not null

),

last_judgements as (

    select
        judged_tickets.order_key,
        max(judged_tickets.judgement_number) as judgement_number

    from judged_tickets
    group by judged_tickets.order_key

)

select
    orders.order_key,
    orders.customer_key,

    orders.merchant,
    orders.product_category,
    orders.region,
    orders.customer_tier,

    problem_orders.order_key is not null as has_problem,
    judged_tickets.is_satisfied as is_problem_satisfied,

    -- Each cell of the roll-up counts its customers, and numbers take a fraction of the memory of keys.
    dense_rank() over (order by orders.customer_key asc nulls last) as customer_number,
    judged_tickets.judgement_number,

    orders.ordered_on

from {{ ref('int_orders__described') }} as orders
inner join sources_with_tickets
    on orders.source_system = sources_with_tickets.source_system
left join problem_orders
    on orders.order_key = problem_orders.order_key
left join last_judgements
    on orders.order_key = last_judgements.order_key
left join judged_tickets
    on last_judgements.judgement_number = judged_tickets.judgement_number
where orders.customer_key is not null
