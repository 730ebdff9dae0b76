{{ config(enabled='shopify' in var('source_systems')) }}
-- Two lines of an order may say the same in every word, and are two. A connector's line has an id, which is its number; of an order whose
-- lines it tells the export's are not read again.
with

current_lines as (

    {{ current_rows(
        source('shopify', 'order_lines'),
        columns=[
            'order_name', 'lineitem_sku', 'lineitem_name', 'lineitem_quantity', 'lineitem_price',
            'lineitem_discount', '_extract_id', '_line'
        ]
    ) }}

),

connector_orders as (

    {{ current_rows(
        source('shopify', 'order'),
        columns=[
            'shopify_order_id', 'order_name'
        ]
    ) }}

),

connector_lines as (

    {{ current_rows(
        source('shopify', 'order_line'),
        columns=[
            'order_line_id', 'shopify_order_id', 'lineitem_sku', 'lineitem_name', 'quantity', 'price', 'total_discount'
        ]
    ) }}

),

connector_items as (

    select
        connector_orders.order_name,
        {{ order_number('connector_orders.order_name') }} as order_id,
        connector_lines.order_line_id as line_number,
        coalesce(connector_lines.lineitem_sku, connector_lines.lineitem_name) as product_id,

        connector_lines.quantity,
        connector_lines.price as unit_price,
        connector_lines.total_discount as discount_amount

    from connector_lines
    inner join connector_orders
        on connector_lines.shopify_order_id = connector_orders.shopify_order_id

),

numbered_lines as (

    select
        {{ order_number('current_lines.order_name') }} as order_id,
        {{ numbered_within('current_lines', 'order_name') }} as line_number,
        coalesce(current_lines.lineitem_sku, current_lines.lineitem_name) as product_id,

        current_lines.lineitem_quantity as quantity,
        current_lines.lineitem_price as unit_price,
        current_lines.lineitem_discount as discount_amount

    from current_lines
    where current_lines.order_name not in (select connector_items.order_name from connector_items)

),

items as (

    select
        connector_items.order_id,
        connector_items.line_number,
        connector_items.product_id,

        connector_items.quantity,
        connector_items.unit_price,
        connector_items.discount_amount

    from connector_items

    union all

    select
        numbered_lines.order_id,
        numbered_lines.line_number,
        numbered_lines.product_id,

        numbered_lines.quantity,
        numbered_lines.unit_price,
        numbered_lines.discount_amount

    from numbered_lines

)

select
    {{ entity_key('shopify', ['items.order_id', 'items.line_number']) }} as order_item_key,
    'shopify' as source_system,
    {{ entity_key('shopify', ['items.order_id']) }} as order_key,
    {{ entity_key('shopify', ['items.product_id']) }} as product_key,

    items.order_id,
    items.line_number,
    items.product_id,

    items.quantity,
    items.unit_price,
    items.discount_amount,

    cast(null as {{ type_timestamp() }}) as updated_at

from items
