-- Reviews as responses: each answers the invitation of the same key. Title and text of the comment stop here.
with

current_order_reviews as (

    {{ current_rows(
        source('olist', 'order_reviews'),
        columns=['review_id', 'order_id', 'review_answer_timestamp']
    ) }}

)

select
    {{ entity_key('olist', ['current_order_reviews.review_id', 'current_order_reviews.order_id']) }} as response_key,
    'olist' as source_system,
    {{ entity_key('olist', ['current_order_reviews.review_id', 'current_order_reviews.order_id']) }} as invitation_key,

    current_order_reviews.review_id || '|' || current_order_reviews.order_id as response_id,
    current_order_reviews.review_id || '|' || current_order_reviews.order_id as invitation_id,

    cast(null as {{ type_integer() }}) as duration_seconds,

    current_order_reviews.review_answer_timestamp as submitted_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_order_reviews
