-- A suggestion for a product, and how far it came by as_of. A suggestion that was released was accepted, said or unsaid.
select
    suggestions.suggestion_key,
    suggestions.source_system,
    suggestions.suggestion_id,
    suggestions.ticket_key,
    suggestions.product_key,
    products.merchant_key,

    suggestions.accepted_at is not null or suggestions.released_at is not null as is_accepted,
    suggestions.released_at is not null as is_released,
    {{ out_of_order([
        'suggestions.raised_at', 'suggestions.accepted_at', 'suggestions.released_at'
    ]) }} as has_moments_out_of_order,

    {{ elapsed_hours('suggestions.raised_at', 'suggestions.accepted_at') }} / 24 as acceptance_days,
    {{ elapsed_hours('suggestions.raised_at', 'suggestions.released_at') }} / 24 as release_days,

    suggestions.raised_at,
    suggestions.accepted_at,
    suggestions.released_at,
    {{ business_date('suggestions.raised_at') }} as raised_on

from {{ ref('int_product_suggestions__unioned') }} as suggestions
left join {{ ref('dim_products') }} as products
    on suggestions.product_key = products.product_key
