{{ config(enabled='online_retail' in var('source_systems')) }}
-- An invoice is an order of its sold lines. Nothing tells when it was paid, sent or delivered: a mail-order shop invoices what it sends.
with

current_lines as (

    {{ current_rows(
        source('online_retail', 'lines'),
        columns=[
            'invoice_no', 'quantity', 'unit_price', 'customer_id', 'invoiced_at'
        ]
    ) }}

),

orders as (

    select
        current_lines.invoice_no,
        coalesce(
            cast(cast(max(current_lines.customer_id) as {{ type_integer() }}) as {{ type_text() }}),
            'of invoice ' || current_lines.invoice_no
        ) as customer_id,

        sum(current_lines.quantity * current_lines.unit_price) as order_amount,

        min(current_lines.invoiced_at) as ordered_at

    from current_lines
    where
        current_lines.quantity > 0
        and current_lines.unit_price > 0
        and current_lines.invoice_no not like 'C%'
        and current_lines.invoice_no not like 'A%'
    group by current_lines.invoice_no

)

select
    {{ entity_key('online_retail', ['orders.invoice_no']) }} as order_key,
    'online_retail' as source_system,
    {{ entity_key('online_retail', ['orders.customer_id']) }} as customer_key,
    cast(null as {{ type_text() }}) as merchant_key,

    orders.invoice_no as order_id,
    orders.customer_id,
    cast(null as {{ type_text() }}) as merchant_id,
    cast(null as {{ type_text() }}) as shop_id,

    cast(null as {{ type_text() }}) as cancel_reason,
    'GBP' as currency,

    cast(orders.order_amount as {{ type_money() }}) as order_amount,

    orders.ordered_at,
    orders.ordered_at as paid_at,
    orders.ordered_at as shipped_at,
    orders.ordered_at as delivered_at,
    cast(null as {{ type_timestamp() }}) as cancelled_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from orders
