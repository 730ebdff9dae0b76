-- Product suggestions as the help desk last stated them.
with

current_product_suggestions as (

    {{ current_rows(
        source('contract', 'product_suggestions'),
        columns=[
            'suggestion_id', 'ticket_id', 'product_id', 'raised_at', 'accepted_at', 'released_at',
            'updated_at'
        ]
    ) }}

)

select
    {{ entity_key('contract', ['current_product_suggestions.suggestion_id']) }} as suggestion_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_product_suggestions.ticket_id']) }} as ticket_key,
    {{ entity_key('contract', ['current_product_suggestions.product_id']) }} as product_key,

    current_product_suggestions.suggestion_id,
    current_product_suggestions.ticket_id,
    current_product_suggestions.product_id,

    current_product_suggestions.raised_at,
    current_product_suggestions.accepted_at,
    current_product_suggestions.released_at,
    current_product_suggestions.updated_at

from current_product_suggestions
