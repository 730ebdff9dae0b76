{{ config(enabled='shopify' in var('source_systems')) }}
-- Two lines of an order may say the same in every word, and are two.
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

numbered_lines as (

    select
        {{ order_number('current_lines.order_name') }} as order_id,
        {{ numbered_within('current_lines', 'order_name') }} as line_number,
        coalesce(current_lines.lineitem_sku, current_lines.lineitem_name) as product_id,

        current_lines.lineitem_quantity,
        current_lines.lineitem_price,
        current_lines.lineitem_discount

    from current_lines

)

select
    {{ entity_key('shopify', ['numbered_lines.order_id', 'numbered_lines.line_number']) }} as order_item_key,
    'shopify' as source_system,
    {{ entity_key('shopify', ['numbered_lines.order_id']) }} as order_key,
    {{ entity_key('shopify', ['numbered_lines.product_id']) }} as product_key,

    numbered_lines.order_id,
    numbered_lines.line_number,
    numbered_lines.product_id,

    numbered_lines.lineitem_quantity as quantity,
    numbered_lines.lineitem_price as unit_price,
    numbered_lines.lineitem_discount as discount_amount,

    cast(null as {{ type_timestamp() }}) as updated_at

from numbered_lines
