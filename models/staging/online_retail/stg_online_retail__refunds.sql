{{ config(enabled='online_retail' in var('source_systems')) }}
-- A line of a credit note is money given back. Which invoice it is for is told nowhere.
with

current_lines as (

    {{ current_rows(
        source('online_retail', 'lines'),
        columns=[
            'invoice_no', 'stock_code', 'quantity', 'unit_price', 'invoiced_at', '_extract_id', '_line'
        ]
    ) }}

),

credited_lines as (

    select
        current_lines.invoice_no || '-' || cast({{ numbered_within('current_lines', 'invoice_no') }} as {{ type_text() }}) as refund_id,

        -current_lines.quantity * current_lines.unit_price as refund_amount,

        current_lines.invoiced_at

    from current_lines
    where
        current_lines.quantity < 0
        and current_lines.unit_price > 0
        and current_lines.invoice_no like 'C%'

)

select
    {{ entity_key('online_retail', ['credited_lines.refund_id']) }} as refund_key,
    'online_retail' as source_system,
    cast(null as {{ type_text() }}) as request_key,
    cast(null as {{ type_text() }}) as order_key,
    cast(null as {{ type_text() }}) as order_item_key,

    credited_lines.refund_id,
    cast(null as {{ type_text() }}) as request_id,
    cast(null as {{ type_text() }}) as order_id,
    cast(null as {{ type_integer() }}) as line_number,

    'GBP' as currency,
    'original' as refund_method,

    cast(credited_lines.refund_amount as {{ type_money() }}) as refund_amount,

    credited_lines.invoiced_at as refunded_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from credited_lines
