-- Lines of orders: the files number units, so each line is one.
with

current_order_items as (

    {{ current_rows(
        source('olist', 'order_items'),
        columns=['order_id', 'order_item_id', 'product_id', 'price']
    ) }}

)

select
    {{ entity_key('olist', ['current_order_items.order_id', 'current_order_items.order_item_id']) }} as order_item_key,
    'olist' as source_system,
    {{ entity_key('olist', ['current_order_items.order_id']) }} as order_key,
    {{ entity_key('olist', ['current_order_items.product_id']) }} as product_key,

    current_order_items.order_id,
    current_order_items.order_item_id as line_number,
    current_order_items.product_id,

    cast(1 as {{ type_integer() }}) as quantity,
    current_order_items.price as unit_price,
    cast(null as {{ type_money() }}) as discount_amount,

    cast(null as {{ type_timestamp() }}) as updated_at

from current_order_items
