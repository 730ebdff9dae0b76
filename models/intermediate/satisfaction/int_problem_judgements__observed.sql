-- One row per valid overall score about an in-scope ticket about an order, by the day of the order: how was the problem judged? The number
-- of a judgement puts all of them in order, so that the last one of a customer can be told in every period and member.
select
    responses.response_key,
    tickets.order_key,
    orders.customer_key,

    tickets.channel,
    tickets.issue_type,
    tickets.priority,
    orders.product_category,
    orders.region,
    orders.customer_tier,
    tickets.agent_team,
    orders.merchant,
    tickets.agent_key as agent,

    responses.is_satisfied,

    row_number() over (
        order by responses.submitted_at asc nulls last, responses.response_key asc nulls last
    ) as judgement_number,

    orders.ordered_on

from {{ ref('int_survey_responses__observed') }} as responses
inner join {{ ref('fct_tickets') }} as tickets
    on responses.ticket_key = tickets.ticket_key
inner join {{ ref('int_orders__described') }} as orders
    on tickets.order_key = orders.order_key
where
    responses.is_satisfied is not null
    and tickets.is_in_scope
    and orders.customer_key is not null
