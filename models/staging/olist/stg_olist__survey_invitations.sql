-- Reviews as invitations to a survey about an order. A review about two orders is two invitations.
with

current_order_reviews as (

    {{ current_rows(
        source('olist', 'order_reviews'),
        columns=['review_id', 'order_id', 'review_creation_date']
    ) }}

),

current_orders as (

    {{ current_rows(
        source('olist', 'orders'),
        columns=['order_id', 'customer_id']
    ) }}

),

current_customers as (

    {{ current_rows(
        source('olist', 'customers'),
        columns=['customer_id', 'customer_unique_id']
    ) }}

)

select
    {{ entity_key('olist', ['current_order_reviews.review_id', 'current_order_reviews.order_id']) }} as invitation_key,
    'olist' as source_system,
    cast(null as {{ type_text() }}) as ticket_key,
    {{ entity_key('olist', ['current_order_reviews.order_id']) }} as order_key,
    {{ entity_key('olist', ['current_customers.customer_unique_id']) }} as customer_key,

    current_order_reviews.review_id || '|' || current_order_reviews.order_id as invitation_id,
    cast(null as {{ type_text() }}) as ticket_id,
    current_order_reviews.order_id,
    current_customers.customer_unique_id as customer_id,

    'service' as survey_type,
    cast(null as {{ type_text() }}) as channel,

    current_order_reviews.review_creation_date as sent_at,
    cast(null as {{ type_timestamp() }}) as expires_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_order_reviews
left join current_orders
    on current_order_reviews.order_id = current_orders.order_id
left join current_customers
    on current_orders.customer_id = current_customers.customer_id
