{{ config(enabled='shopify' in var('source_systems')) }}
{% set delivered_after_days = var('shopify', {}).get('delivered_after_days') %}
{% set no_moment = 'cast(null as ' ~ type_timestamp() ~ ')' %}
-- An order's own fields stand on its first row; the others repeat its name and e-mail alone.
with

current_lines as (

    {{ current_rows(
        source('shopify', 'order_lines'),
        columns=[
            'order_name', 'email', 'created_at', 'paid_at', 'fulfilled_at', 'cancelled_at', 'currency', 'total',
            'vendor'
        ]
    ) }}

),

orders as (

    select
        current_lines.order_name,
        {{ order_number('current_lines.order_name') }} as order_id,
        coalesce(max(current_lines.email), 'order ' || current_lines.order_name) as customer_id,
        case when count(distinct current_lines.vendor) = 1 and count(*) = count(current_lines.vendor) then max(current_lines.vendor) end
            as merchant_id,

        max(current_lines.currency) as currency,

        max(current_lines.total) as order_amount,

        max(current_lines.created_at) as ordered_at,
        max(current_lines.paid_at) as paid_at,
        max(current_lines.fulfilled_at) as shipped_at,
        max(current_lines.cancelled_at) as cancelled_at

    from current_lines
    group by current_lines.order_name

)

select
    {{ entity_key('shopify', ['orders.order_id']) }} as order_key,
    'shopify' as source_system,
    {{ entity_key('shopify', ['orders.customer_id']) }} as customer_key,
    {{ entity_key('shopify', ['orders.merchant_id']) }} as merchant_key,

    orders.order_id,
    orders.customer_id,
    orders.merchant_id,
    cast(null as {{ type_text() }}) as shop_id,

    cast(null as {{ type_text() }}) as cancel_reason,
    orders.currency,

    orders.order_amount,

    orders.ordered_at,
    orders.paid_at,
    orders.shipped_at,
    {{ add_days('orders.shipped_at', delivered_after_days) if delivered_after_days is not none else no_moment }} as delivered_at,
    orders.cancelled_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from orders
