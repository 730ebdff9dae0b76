{{ config(enabled='taobao' in var('source_systems')) }}
-- No column says when an order was closed: it counts as cancelled at the last thing known to have happened to it before.
with

current_orders as (

    {{ current_rows(
        source('taobao', 'orders'),
        columns=[
            'order_id', 'buyer', 'status', 'close_reason', 'amount', 'ordered_at', 'paid_at', 'shipped_at',
            'confirmed_at'
        ]
    ) }}

)

select
    {{ entity_key('taobao', ['current_orders.order_id']) }} as order_key,
    'taobao' as source_system,
    {{ entity_key('taobao', ['current_orders.buyer']) }} as customer_key,
    cast(null as {{ type_text() }}) as merchant_key,

    current_orders.order_id,
    current_orders.buyer as customer_id,
    cast(null as {{ type_text() }}) as merchant_id,
    cast(null as {{ type_text() }}) as shop_id,

    case
        when current_orders.status <> '交易关闭' then null
        when current_orders.close_reason like '%缺货%' then 'stock'
        when current_orders.close_reason like '%未付款%' or current_orders.close_reason like '%未及时付款%' then 'payment'
        when current_orders.close_reason like '%客服%' then 'service'
        when current_orders.close_reason like '%价格%' or current_orders.close_reason like '%优惠%' then 'price'
        when current_orders.close_reason like '%不想买%' or current_orders.close_reason like '%拍错%' then 'changed_mind'
        when current_orders.close_reason is not null then 'other'
    end as cancel_reason,
    'CNY' as currency,

    current_orders.amount as order_amount,

    current_orders.ordered_at,
    current_orders.paid_at,
    current_orders.shipped_at,
    current_orders.confirmed_at as delivered_at,
    case when current_orders.status = '交易关闭' then coalesce(current_orders.paid_at, current_orders.ordered_at) end as cancelled_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_orders
