{{ config(enabled='taobao' in var('source_systems')) }}
-- The export says that an application was closed, and not by whom; when the platform stepped in, it does not say either: no earlier than it
-- was asked for.
with

current_refunds as (

    {{ current_rows(
        source('taobao', 'refunds'),
        columns=[
            'refund_id', 'order_id', 'seller_code', 'goods_to_return', 'business', 'reason', 'status',
            'platform_state', 'liable', 'hand', 'requested_at', 'returned_at', 'refunded_at'
        ]
    ) }}

),

current_details as (

    {{ current_rows(
        source('taobao', 'order_details'),
        columns=[
            'order_id', 'outer_code', 'seller_code', 'title', '_extract_id', '_line'
        ]
    ) }}

),

numbered_lines as (

    select
        current_details.order_id,
        {{ numbered_within('current_details', 'order_id') }} as line_number,
        coalesce(current_details.seller_code, current_details.outer_code, current_details.title) as product_id

    from current_details

),

lines_of_products as (

    select
        numbered_lines.order_id,
        numbered_lines.product_id,
        min(numbered_lines.line_number) as line_number

    from numbered_lines
    group by
        numbered_lines.order_id,
        numbered_lines.product_id
    -- Of several lines of one product nothing tells which is meant.
    having count(*) = 1

)

select
    {{ entity_key('taobao', ['current_refunds.refund_id']) }} as request_key,
    'taobao' as source_system,
    {{ entity_key('taobao', ['current_refunds.order_id']) }} as order_key,
    {{ entity_key('taobao', ['lines_of_products.order_id', 'lines_of_products.line_number']) }} as order_item_key,
    cast(null as {{ type_text() }}) as ticket_key,

    current_refunds.refund_id as request_id,
    current_refunds.order_id,
    lines_of_products.line_number,
    cast(null as {{ type_text() }}) as ticket_id,
    cast(null as {{ type_text() }}) as partner_id,

    case
        when current_refunds.business like '%换货%' then 'exchange'
        when current_refunds.business like '%维修%' then 'repair'
        when current_refunds.goods_to_return = '是' then 'return'
        else 'refund_only'
    end as request_type,
    case
        when current_refunds.reason like '%质量%' or current_refunds.reason like '%故障%' then 'quality_defect'
        when current_refunds.reason like '%不符%' or current_refunds.reason like '%假冒%' then 'not_as_described'
        when current_refunds.reason like '%发错%' or current_refunds.reason like '%少件%' then 'wrong_item'
        when current_refunds.reason like '%破损%' then 'damaged_in_transit'
        when current_refunds.reason like '%未按约定%' or current_refunds.reason like '%发货%' then 'late_delivery'
        when
            current_refunds.reason like '%无理由%' or current_refunds.reason like '%不想要%'
            or current_refunds.reason like '%不喜欢%' or current_refunds.reason like '%拍错%'
            then 'changed_mind'
        when current_refunds.reason is not null then 'other'
    end as reason,
    case
        when current_refunds.status like '%拒绝%' then 'rejected'
        when current_refunds.status = '退款关闭' then 'withdrawn'
        when current_refunds.status not like '等待卖家同意%' then 'approved'
    end as decision,
    'in_house' as handled_by,
    case current_refunds.liable
        when '买家' then 'customer' when '卖家' then 'shop' when '双方' then 'shared'
    end as platform_verdict,
    case
        when current_refunds.refunded_at is null then null
        when current_refunds.hand = '系统退款' then 'timeout'
        else 'shop'
    end as completed_by,
    'CNY' as currency,

    cast(null as {{ type_boolean() }}) as is_self_service,
    cast(null as {{ type_boolean() }}) as is_under_warranty,

    cast(null as {{ type_integer() }}) as quantity,
    cast(null as {{ type_money() }}) as fee_charged_amount,

    current_refunds.requested_at,
    cast(null as {{ type_timestamp() }}) as decided_at,
    current_refunds.returned_at as item_received_at,
    current_refunds.refunded_at as completed_at,
    case when current_refunds.platform_state <> '客服未介入' then current_refunds.requested_at end as escalated_to_platform_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_refunds
left join lines_of_products
    on
        current_refunds.order_id = lines_of_products.order_id
        and current_refunds.seller_code = lines_of_products.product_id
