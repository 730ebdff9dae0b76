-- One row per order, by the day it was placed: did it need service? The orders of a source that never delivered a ticket are left out: it
-- does not say that they needed none.
with

sources_with_tickets as (

    select distinct tickets.source_system
    from {{ ref('fct_tickets') }} as tickets

),

problem_orders as (

    select distinct tickets.order_key
    from {{ ref('fct_tickets') }} as tickets
    where tickets.is_in_scope and tickets.order_key is not null

)

select
    orders.order_key,
    orders.customer_key,

    orders.product_category,
    orders.region,
    orders.customer_tier,
    orders.merchant,

    problem_orders.order_key is not null as has_problem,

    -- Each cell of the roll-up counts its customers, and numbers take a fraction of the memory of keys.
    dense_rank() over (order by orders.customer_key asc nulls last) as customer_number,

    orders.ordered_on

from {{ ref('int_orders__described') }} as orders
inner join sources_with_tickets
    on orders.source_system = sources_with_tickets.source_system
left join problem_orders
    on orders.order_key = problem_orders.order_key
where orders.customer_key is not null
