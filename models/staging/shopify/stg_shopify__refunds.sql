{{ config(enabled='shopify' in var('source_systems')) }}
-- In an export a refund has no id of its own: order, moment and amount tell it apart. Of an order of which the connector's tables tell
-- movements of money, the export's are not read again. A refund of one line is that line's, one of a return of one line that return's.
with

current_transactions as (

    {{ current_rows(
        source('shopify', 'transactions'),
        columns=[
            'order_name', 'kind', 'status', 'gateway', 'created_at', 'amount', 'currency'
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

connector_transactions as (

    {{ current_rows(
        source('shopify', 'transaction'),
        columns=[
            'transaction_id', 'shopify_order_id', 'refund_id', 'kind', 'status', 'gateway', 'amount', 'currency', 'created_at',
            'processed_at'
        ]
    ) }}

),

refunded_lines as (

    {{ current_rows(
        source('shopify', 'order_line_refund'),
        columns=[
            'refund_id', 'order_line_id'
        ]
    ) }}

),

refunds_of_returns as (

    {{ current_rows(
        source('shopify', 'gql_refund'),
        columns=[
            'refund_id', 'return_id'
        ]
    ) }}

),

return_lines as (

    {{ current_rows(
        source('shopify', 'gql_return_line_item'),
        columns=[
            'return_line_id', 'return_id'
        ]
    ) }}

),

single_lines as (

    select
        refunded_lines.refund_id,
        max(refunded_lines.order_line_id) as line_number

    from refunded_lines
    group by refunded_lines.refund_id
    having count(distinct refunded_lines.order_line_id) = 1

),

single_returns as (

    select
        return_lines.return_id,
        max(return_lines.return_line_id) as request_id

    from return_lines
    group by return_lines.return_id
    having count(*) = 1

),

told_orders as (

    select connector_orders.order_name

    from connector_transactions
    inner join connector_orders
        on connector_transactions.shopify_order_id = connector_orders.shopify_order_id
    group by connector_orders.order_name

),

connector_refunds as (

    select
        {{ order_number('connector_orders.order_name') }} as order_id,
        connector_transactions.currency,
        connector_transactions.amount,
        case
            when connector_transactions.gateway in ('gift_card', 'shopify_store_credit') then 'store_credit' else 'original'
        end as refund_method,

        connector_transactions.transaction_id as refund_number,
        single_lines.line_number,
        single_returns.request_id,

        coalesce(connector_transactions.processed_at, connector_transactions.created_at) as created_at

    from connector_transactions
    inner join connector_orders
        on connector_transactions.shopify_order_id = connector_orders.shopify_order_id
    left join single_lines
        on connector_transactions.refund_id = single_lines.refund_id
    left join refunds_of_returns
        on connector_transactions.refund_id = refunds_of_returns.refund_id
    left join single_returns
        on refunds_of_returns.return_id = single_returns.return_id
    where
        connector_transactions.kind = 'refund'
        and connector_transactions.status = 'success'

),

refunds as (

    select
        connector_refunds.order_id,
        connector_refunds.currency,
        connector_refunds.amount,
        connector_refunds.refund_method,

        connector_refunds.refund_number,
        connector_refunds.line_number,
        connector_refunds.request_id,

        connector_refunds.created_at

    from connector_refunds

    union all

    select
        {{ order_number('current_transactions.order_name') }} as order_id,
        current_transactions.currency,
        current_transactions.amount,
        case
            when current_transactions.gateway in ('gift_card', 'shopify_store_credit') then 'store_credit' else 'original'
        end as refund_method,

        cast(current_transactions.created_at as {{ type_text() }}) || '|' || cast(current_transactions.amount as {{ type_text() }})
            as refund_number,
        cast(null as {{ type_integer() }}) as line_number,
        cast(null as {{ type_text() }}) as request_id,

        current_transactions.created_at

    from current_transactions
    where
        current_transactions.kind = 'refund'
        and current_transactions.status = 'success'
        and current_transactions.order_name not in (select told_orders.order_name from told_orders)

)

select
    {{ entity_key('shopify', ['refunds.order_id', 'refunds.refund_number']) }} as refund_key,
    'shopify' as source_system,
    {{ entity_key('shopify', ['refunds.request_id']) }} as request_key,
    {{ entity_key('shopify', ['refunds.order_id']) }} as order_key,
    {{ entity_key('shopify', ['refunds.order_id', 'refunds.line_number']) }} as order_item_key,

    refunds.order_id || '|' || refunds.refund_number as refund_id,
    refunds.request_id,
    refunds.order_id,
    refunds.line_number,

    refunds.currency,
    refunds.refund_method,

    refunds.amount as refund_amount,

    refunds.created_at as refunded_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from refunds
