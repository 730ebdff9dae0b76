-- What an invitation says of the KPI dimensions: as its ticket says, else as its order does. The ticket knows its order where the
-- invitation does not, and the other way round a channel is the invitation's own only where the ticket has none.
with

invitations as (

    select
        invitations.invitation_key,
        invitations.source_system,
        invitations.ticket_key,
        coalesce(invitations.order_key, tickets.order_key) as order_key,
        coalesce(invitations.customer_key, tickets.customer_key) as customer_key,

        invitations.survey_type,
        coalesce(tickets.channel, invitations.channel) as channel,
        tickets.issue_type,
        tickets.priority,
        tickets.agent_team,
        tickets.agent_key as agent,
        tickets.merchant_key as merchant,
        products.category as product_category,

        tickets.is_resolved,
        coalesce(tickets.bot_reply_count > 0 and tickets.human_reply_count = 0, false) as is_bot_only,

        tickets.resolution_minutes,

        invitations.sent_at,
        invitations.expires_at

    from {{ ref('int_survey_invitations__unioned') }} as invitations
    left join {{ ref('fct_tickets') }} as tickets
        on invitations.ticket_key = tickets.ticket_key
    left join {{ ref('dim_products') }} as products
        on tickets.product_key = products.product_key

)

select
    invitations.invitation_key,
    invitations.source_system,
    invitations.ticket_key,
    invitations.order_key,
    coalesce(invitations.customer_key, orders.customer_key) as customer_key,

    invitations.survey_type,
    invitations.channel,
    invitations.issue_type,
    invitations.priority,
    coalesce(invitations.product_category, orders.product_category) as product_category,
    coalesce(customers.region, case when invitations.customer_key is null then orders.region end) as region,
    coalesce(customers.customer_tier, case when invitations.customer_key is null then orders.customer_tier end) as customer_tier,
    invitations.agent_team,
    coalesce(invitations.merchant, orders.merchant) as merchant,
    invitations.agent,

    invitations.is_resolved,
    invitations.is_bot_only,

    invitations.resolution_minutes,

    invitations.sent_at,
    invitations.expires_at

from invitations
left join {{ ref('int_orders__described') }} as orders
    on invitations.order_key = orders.order_key
left join {{ ref('dim_customers') }} as customers
    on invitations.customer_key = customers.customer_key
