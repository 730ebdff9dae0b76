-- A review has one score, the answer to the question of overall satisfaction.
with

current_order_reviews as (

    {{ current_rows(
        source('olist', 'order_reviews'),
        columns=['review_id', 'order_id', 'review_score']
    ) }}

)

select
    {{ entity_key('olist', [
        'current_order_reviews.review_id', 'current_order_reviews.order_id', "'overall'"
    ]) }} as answer_key,
    'olist' as source_system,
    {{ entity_key('olist', ['current_order_reviews.review_id', 'current_order_reviews.order_id']) }} as response_key,

    current_order_reviews.review_id || '|' || current_order_reviews.order_id as response_id,
    'overall' as question_code,

    cast(current_order_reviews.review_score as decimal(18, 2)) as score,

    cast(null as {{ type_timestamp() }}) as updated_at

from current_order_reviews
