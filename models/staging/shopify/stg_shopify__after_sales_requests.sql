{{ config(enabled='shopify' in var('source_systems')) }}
-- Only a connector tells returns. Not each writes when one was asked for: then it was asked for by its first refund at the latest.
with

connector_orders as (

    {{ current_rows(
        source('shopify', 'order'),
        columns=[
            'shopify_order_id', 'order_name', 'currency'
        ]
    ) }}

),

returns as (

    {{ current_rows(
        source('shopify', 'gql_return'),
        columns=[
            'return_id', 'shopify_order_id', 'status', 'created_at', 'closed_at'
        ]
    ) }}

),

return_lines as (

    {{ current_rows(
        source('shopify', 'gql_return_line_item'),
        columns=[
            'return_line_id', 'return_id', 'order_line_id', 'quantity', 'return_reason'
        ]
    ) }}

),

refunds_of_returns as (

    {{ current_rows(
        source('shopify', 'gql_refund'),
        columns=[
            'return_id', 'created_at'
        ]
    ) }}

),

refunded_returns as (

    select
        refunds_of_returns.return_id,
        min(refunds_of_returns.created_at) as first_refunded_at,
        max(refunds_of_returns.created_at) as last_refunded_at

    from refunds_of_returns
    group by refunds_of_returns.return_id

),

requests as (

    select
        return_lines.return_line_id as request_id,
        {{ order_number('connector_orders.order_name') }} as order_id,
        return_lines.order_line_id as line_number,

        case lower(return_lines.return_reason)
            when 'defective' then 'quality_defect'
            when 'not_as_described' then 'not_as_described'
            when 'wrong_item' then 'wrong_item'
            when 'size_too_small' then 'changed_mind'
            when 'size_too_large' then 'changed_mind'
            when 'style' then 'changed_mind'
            when 'color' then 'changed_mind'
            when 'unwanted' then 'changed_mind'
            when 'other' then 'other'
            when 'unknown' then null
            else return_lines.return_reason
        end as reason,
        case lower(returns.status)
            when 'requested' then null
            when 'declined' then 'rejected'
            when 'canceled' then 'withdrawn'
            else 'approved'
        end as decision,
        connector_orders.currency,

        return_lines.quantity,

        coalesce(returns.created_at, refunded_returns.first_refunded_at) as requested_at,
        case
            when lower(returns.status) = 'closed' then coalesce(returns.closed_at, refunded_returns.last_refunded_at)
        end as completed_at

    from return_lines
    inner join returns
        on return_lines.return_id = returns.return_id
    inner join connector_orders
        on returns.shopify_order_id = connector_orders.shopify_order_id
    left join refunded_returns
        on returns.return_id = refunded_returns.return_id

)

select
    {{ entity_key('shopify', ['requests.request_id']) }} as request_key,
    'shopify' as source_system,
    {{ entity_key('shopify', ['requests.order_id']) }} as order_key,
    {{ entity_key('shopify', ['requests.order_id', 'requests.line_number']) }} as order_item_key,
    cast(null as {{ type_text() }}) as ticket_key,

    requests.request_id,
    requests.order_id,
    requests.line_number,
    cast(null as {{ type_text() }}) as ticket_id,
    cast(null as {{ type_text() }}) as partner_id,

    'return' as request_type,
    requests.reason,
    requests.decision,
    cast(null as {{ type_text() }}) as handled_by,
    cast(null as {{ type_text() }}) as platform_verdict,
    cast(null as {{ type_text() }}) as completed_by,
    requests.currency,

    cast(null as {{ type_boolean() }}) as is_self_service,
    cast(null as {{ type_boolean() }}) as is_under_warranty,

    requests.quantity,
    cast(null as {{ type_money() }}) as fee_charged_amount,

    requests.requested_at,
    cast(null as {{ type_timestamp() }}) as decided_at,
    cast(null as {{ type_timestamp() }}) as item_received_at,
    requests.completed_at,
    cast(null as {{ type_timestamp() }}) as escalated_to_platform_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from requests
where requests.requested_at is not null
