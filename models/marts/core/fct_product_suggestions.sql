-- A suggestion for a product, how far it came by as_of, and what it is counted under. A suggestion that was released was accepted, said or
-- unsaid. What the product does not say, its ticket (or the one that was merged into) does; all as it stood when the suggestion was raised.
with

suggestions as (

    select
        suggestions.suggestion_key,
        suggestions.source_system,
        coalesce(tickets.shop, {{ shop_of('suggestions.source_system') }}) as shop,
        suggestions.suggestion_id,
        coalesce(merged_tickets.surviving_ticket_key, suggestions.ticket_key) as ticket_key,
        coalesce(suggestions.product_key, tickets.product_key) as product_key,
        tickets.customer_key,
        tickets.merchant_key,
        members.agent_key,

        tickets.channel,
        tickets.issue_type,
        tickets.contact_reason,
        members.priority,
        tickets.product_category,
        members.agent_team,

        suggestions.raised_at,
        suggestions.accepted_at,
        suggestions.released_at

    from {{ ref('int_product_suggestions__unioned') }} as suggestions
    left join {{ ref('int_tickets__merged') }} as merged_tickets
        on suggestions.ticket_key = merged_tickets.ticket_key
    left join {{ ref('fct_tickets') }} as tickets
        on coalesce(merged_tickets.surviving_ticket_key, suggestions.ticket_key) = tickets.ticket_key
    left join {{ ref('int_ticket_members__held') }} as members
        on
            tickets.ticket_key = members.ticket_key
            and suggestions.raised_at >= members.held_from
            and suggestions.raised_at < members.held_to

)

select
    suggestions.suggestion_key,
    suggestions.source_system,
    suggestions.shop,
    suggestions.suggestion_id,
    suggestions.ticket_key,
    suggestions.product_key,
    coalesce(products.merchant_key, suggestions.merchant_key) as merchant_key,
    suggestions.agent_key,

    suggestions.channel,
    suggestions.issue_type,
    suggestions.contact_reason,
    suggestions.priority,
    coalesce(products.category, suggestions.product_category) as product_category,
    customers.region,
    customers.customer_tier,
    suggestions.agent_team,

    suggestions.accepted_at is not null or suggestions.released_at is not null as is_accepted,
    suggestions.released_at is not null as is_released,
    {{ out_of_order([
        'suggestions.raised_at', 'suggestions.accepted_at', 'suggestions.released_at'
    ]) }} as has_moments_out_of_order,

    {{ elapsed_hours('suggestions.raised_at', 'suggestions.accepted_at') }} / 24 as acceptance_days,
    {{ elapsed_hours('suggestions.accepted_at', 'suggestions.released_at') }} / 24 as making_days,
    {{ elapsed_hours('suggestions.raised_at', 'suggestions.released_at') }} / 24 as release_days,

    suggestions.raised_at,
    suggestions.accepted_at,
    suggestions.released_at,
    {{ business_date('suggestions.raised_at') }} as raised_on

from suggestions
left join {{ ref('int_products__versioned') }} as products
    on
        suggestions.product_key = products.product_key
        and {{ in_force_at('products', 'suggestions.raised_at') }}
left join {{ ref('int_customers__versioned') }} as customers
    on
        suggestions.customer_key = customers.customer_key
        and {{ in_force_at('customers', 'suggestions.raised_at') }}
