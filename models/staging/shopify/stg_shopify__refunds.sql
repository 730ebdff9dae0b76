{{ config(enabled='shopify' in var('source_systems')) }}
-- A refund has no id of its own: order, moment and amount tell it apart.
with

current_transactions as (

    {{ current_rows(
        source('shopify', 'transactions'),
        columns=[
            'order_name', 'kind', 'status', 'gateway', 'created_at', 'amount', 'currency'
        ]
    ) }}

),

refunds as (

    select
        {{ order_number('current_transactions.order_name') }} as order_id,
        current_transactions.currency,
        current_transactions.amount,
        case
            when current_transactions.gateway in ('gift_card', 'shopify_store_credit') then 'store_credit' else 'original'
        end as refund_method,

        cast(current_transactions.created_at as {{ type_text() }}) || '|' || cast(current_transactions.amount as {{ type_text() }})
            as refund_number,

        current_transactions.created_at

    from current_transactions
    where
        current_transactions.kind = 'refund'
        and current_transactions.status = 'success'

)

select
    {{ entity_key('shopify', ['refunds.order_id', 'refunds.refund_number']) }} as refund_key,
    'shopify' as source_system,
    cast(null as {{ type_text() }}) as request_key,
    {{ entity_key('shopify', ['refunds.order_id']) }} as order_key,
    cast(null as {{ type_text() }}) as order_item_key,

    refunds.order_id || '|' || refunds.refund_number as refund_id,
    cast(null as {{ type_text() }}) as request_id,
    refunds.order_id,
    cast(null as {{ type_integer() }}) as line_number,

    refunds.currency,
    refunds.refund_method,

    refunds.amount as refund_amount,

    refunds.created_at as refunded_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from refunds
