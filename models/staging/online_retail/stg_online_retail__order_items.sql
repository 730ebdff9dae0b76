{{ config(enabled='online_retail' in var('source_systems')) }}
-- Two lines of an invoice may say the same in every word, and are two. Numbers count sold lines only.
with

current_lines as (

    {{ current_rows(
        source('online_retail', 'lines'),
        columns=[
            'invoice_no', 'stock_code', 'quantity', 'unit_price', '_extract_id', '_line'
        ]
    ) }}

),

sold_lines as (

    select
        current_lines.invoice_no,
        {{ numbered_within('current_lines', 'invoice_no') }} as line_number,
        current_lines.stock_code,

        current_lines.quantity,
        current_lines.unit_price

    from current_lines
    where
        current_lines.quantity > 0
        and current_lines.unit_price > 0
        and current_lines.invoice_no not like 'C%'
        and current_lines.invoice_no not like 'A%'

)

select
    {{ entity_key('online_retail', ['sold_lines.invoice_no', 'sold_lines.line_number']) }} as order_item_key,
    'online_retail' as source_system,
    {{ entity_key('online_retail', ['sold_lines.invoice_no']) }} as order_key,
    {{ entity_key('online_retail', ['sold_lines.stock_code']) }} as product_key,

    sold_lines.invoice_no as order_id,
    sold_lines.line_number,
    sold_lines.stock_code as product_id,

    sold_lines.quantity,
    cast(sold_lines.unit_price as {{ type_money() }}) as unit_price,
    cast(null as {{ type_money() }}) as discount_amount,

    cast(null as {{ type_timestamp() }}) as updated_at

from sold_lines
