-- The product suggestions of all source systems, as they were known at as_of.
with

product_suggestions as (

    {{ union_of_sources('product_suggestions', {
        'suggestion_key': type_text(),
        'source_system': type_text(),
        'suggestion_id': type_text(),
        'ticket_key': type_text(),
        'product_key': type_text(),
        'raised_at': type_timestamp(),
        'accepted_at': type_timestamp(),
        'released_at': type_timestamp()
    }) }}

)

select
    product_suggestions.suggestion_key,
    product_suggestions.source_system,
    product_suggestions.suggestion_id,
    product_suggestions.ticket_key,
    product_suggestions.product_key,

    product_suggestions.raised_at,
    {{ known_at('product_suggestions.accepted_at') }} as accepted_at,
    {{ known_at('product_suggestions.released_at') }} as released_at

from product_suggestions
where product_suggestions.raised_at <= {{ as_of() }}
