{{ config(enabled='taobao' in var('source_systems')) }}
-- Only what was given back is a refund; what was asked for is a request.
with

current_refunds as (

    {{ current_rows(
        source('taobao', 'refunds'),
        columns=[
            'refund_id', 'order_id', 'status', 'amount', 'refunded_at'
        ]
    ) }}

)

select
    {{ entity_key('taobao', ['current_refunds.refund_id']) }} as refund_key,
    'taobao' as source_system,
    {{ entity_key('taobao', ['current_refunds.refund_id']) }} as request_key,
    {{ entity_key('taobao', ['current_refunds.order_id']) }} as order_key,
    cast(null as {{ type_text() }}) as order_item_key,

    current_refunds.refund_id,
    current_refunds.refund_id as request_id,
    current_refunds.order_id,
    cast(null as {{ type_integer() }}) as line_number,

    'CNY' as currency,
    'original' as refund_method,

    current_refunds.amount as refund_amount,

    current_refunds.refunded_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_refunds
where
    current_refunds.status = '退款成功'
    and current_refunds.refunded_at is not null
    and current_refunds.amount > 0
