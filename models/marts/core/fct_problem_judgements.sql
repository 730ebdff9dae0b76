-- How did customers judge the problems they had with an order? One row per valid overall score about an in-scope ticket about an order,
-- counted under what the response is counted under, and its order, by the day of the order.
select
    responses.response_key,
    tickets.ticket_key,
    orders.order_key,
    orders.customer_key,
    orders.source_system,
    orders.shop,
    orders.merchant_key,
    responses.agent_key,

    responses.channel,
    responses.issue_type,
    responses.contact_reason,
    responses.priority,
    orders.product_category,
    orders.region,
    orders.customer_tier,
    responses.agent_team,

    responses.overall_score >= 4 as is_satisfied,

    cast(row_number() over (
        partition by orders.customer_key
        order by
            responses.submitted_at asc nulls last,
            {{ id_order('responses.response_key') }} asc nulls last,
            responses.response_key asc nulls last
    ) as {{ type_integer() }}) as judgement_number,

    responses.submitted_at,
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
