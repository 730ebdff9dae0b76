-- One row per survey sent to a customer, what it is counted under, and what came back. It is about its ticket, or the one that was merged
-- into, else about its order: the ticket knows its order where the invitation does not, and a channel is the invitation's own only where
-- the ticket has none. Who held the ticket, its priority and what the customer was are those of the sending: what comes after the survey
-- was not judged by it.
with

shops_with_responses as (

    select distinct {{ shop_of('responses.source_system') }} as shop
    from {{ ref('int_survey_responses__unioned') }} as responses

),

shops_with_answers as (

    select distinct {{ shop_of('answers.source_system') }} as shop
    from {{ ref('int_survey_answers__unioned') }} as answers

),

first_responses as (

    select
        responses.invitation_key,
        responses.response_key,
        responses.is_valid,
        responses.submitted_at

    from {{ ref('int_survey_responses__validated') }} as responses
    where responses.response_number = 1

),

invitations as (

    select
        invitations.invitation_key,
        invitations.source_system,
        tickets.shop,
        invitations.invitation_id,
        coalesce(merged_tickets.surviving_ticket_key, invitations.ticket_key) as ticket_key,
        coalesce(invitations.order_key, tickets.order_key) as order_key,
        coalesce(invitations.customer_key, tickets.customer_key) as customer_key,
        tickets.merchant_key,
        members.agent_key,

        invitations.survey_type,
        coalesce(tickets.channel, invitations.channel) as channel,
        tickets.issue_type,
        tickets.contact_reason,
        members.priority,
        tickets.product_category,
        members.agent_team,

        coalesce(tickets.is_in_scope, true) as is_in_scope,
        -- Null where only a reply by somebody without a role may have been a person's.
        case
            when tickets.human_reply_count = 0 and tickets.reply_without_role_count > 0 then null
            else coalesce(tickets.bot_reply_count > 0 and tickets.human_reply_count = 0, false)
        end as is_bot_only,

        invitations.sent_at,
        invitations.expires_at

    from {{ ref('int_survey_invitations__unioned') }} as invitations
    left join {{ ref('int_tickets__merged') }} as merged_tickets
        on invitations.ticket_key = merged_tickets.ticket_key
    left join {{ ref('fct_tickets') }} as tickets
        on coalesce(merged_tickets.surviving_ticket_key, invitations.ticket_key) = tickets.ticket_key
    left join {{ ref('int_ticket_members__held') }} as members
        on
            tickets.ticket_key = members.ticket_key
            and invitations.sent_at >= members.held_from
            and invitations.sent_at < members.held_to

)

select
    invitations.invitation_key,
    invitations.source_system,
    coalesce(invitations.shop, orders.shop, {{ shop_of('invitations.source_system') }}) as shop,
    invitations.invitation_id,
    invitations.ticket_key,
    invitations.order_key,
    coalesce(invitations.customer_key, orders.customer_key) as customer_key,
    coalesce(invitations.merchant_key, orders.merchant_key) as merchant_key,
    invitations.agent_key,
    first_responses.response_key as first_response_key,

    invitations.survey_type,
    invitations.channel,
    invitations.issue_type,
    invitations.contact_reason,
    invitations.priority,
    coalesce(invitations.product_category, orders.product_category) as product_category,
    customers.region,
    customers.customer_tier,
    invitations.agent_team,

    invitations.is_in_scope,
    invitations.is_bot_only,
    -- A shop that never delivered a response does not say that nobody answered, nor one without answers that no response counts.
    case when shops_with_responses.shop is not null then first_responses.response_key is not null end as is_responded,
    case when shops_with_answers.shop is not null then first_responses.is_valid end as is_valid_response,

    invitations.sent_at,
    {{ business_date('invitations.sent_at') }} as sent_on,
    invitations.expires_at,
    first_responses.submitted_at as first_submitted_at

from invitations
left join first_responses
    on invitations.invitation_key = first_responses.invitation_key
left join shops_with_responses
    on {{ shop_of('invitations.source_system') }} = shops_with_responses.shop
left join shops_with_answers
    on {{ shop_of('invitations.source_system') }} = shops_with_answers.shop
left join {{ ref('fct_orders') }} as orders
    on invitations.order_key = orders.order_key
-- The order speaks for a customer whom neither invitation nor ticket names.
left join {{ ref('int_customers__versioned') }} as customers
    on
        coalesce(invitations.customer_key, orders.customer_key) = customers.customer_key
        and {{ in_force_at('customers', 'invitations.sent_at') }}
