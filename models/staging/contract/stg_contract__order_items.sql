-- Lines of orders as the shop last stated them.
with

current_order_items as (

    {{ current_rows(
        source('contract', 'order_items'),
        columns=[
            'order_id', 'line_number', 'product_id', 'quantity', 'unit_price', 'discount_amount',
            'updated_at'
        ]
    ) }}

)

select
    {{ entity_key('contract', ['current_order_items.order_id', 'current_order_items.line_number']) }} as order_item_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_order_items.order_id']) }} as order_key,
    {{ entity_key('contract', ['current_order_items.product_id']) }} as product_key,

    current_order_items.order_id,
    current_order_items.line_number,
    current_order_items.product_id,

    current_order_items.quantity,
    current_order_items.unit_price,
    current_order_items.discount_amount,

    current_order_items.updated_at

from current_order_items
