{{ config(enabled='taobao' in var('source_systems')) }}
-- Two lines of an order may say the same in every word, and are two.
with

current_details as (

    {{ current_rows(
        source('taobao', 'order_details'),
        columns=[
            'order_id', 'title', 'price', 'quantity', 'outer_code', 'seller_code', '_extract_id', '_line'
        ]
    ) }}

),

numbered_lines as (

    select
        current_details.order_id,
        {{ numbered_within('current_details', 'order_id') }} as line_number,
        coalesce(current_details.seller_code, current_details.outer_code, current_details.title) as product_id,

        current_details.quantity,
        current_details.price

    from current_details

)

select
    {{ entity_key('taobao', ['numbered_lines.order_id', 'numbered_lines.line_number']) }} as order_item_key,
    'taobao' as source_system,
    {{ entity_key('taobao', ['numbered_lines.order_id']) }} as order_key,
    {{ entity_key('taobao', ['numbered_lines.product_id']) }} as product_key,

    numbered_lines.order_id,
    numbered_lines.line_number,
    numbered_lines.product_id,

    numbered_lines.quantity,
    numbered_lines.price as unit_price,
    cast(null as {{ type_money() }}) as discount_amount,

    cast(null as {{ type_timestamp() }}) as updated_at

from numbered_lines
