{{ config(enabled='taobao' in var('source_systems')) }}
-- A customer is the name under which they buy; where they live is where their latest order went.
with

current_orders as (

    {{ current_rows(
        source('taobao', 'orders'),
        columns=[
            'order_id', 'buyer', 'address', 'ordered_at'
        ]
    ) }}

),

ranked_customers as (

    select
        current_orders.buyer,
        split_part(current_orders.address, ' ', 1) as province,

        row_number() over (
            partition by current_orders.buyer
            order by current_orders.ordered_at desc nulls last, {{ id_order('current_orders.order_id') }} desc nulls last
        ) as customer_rank

    from current_orders

)

select
    {{ entity_key('taobao', ['ranked_customers.buyer']) }} as customer_key,
    'taobao' as source_system,

    ranked_customers.buyer as customer_id,

    ranked_customers.province as region,
    cast(null as {{ type_text() }}) as customer_tier,

    cast(null as {{ type_timestamp() }}) as registered_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from ranked_customers
where ranked_customers.customer_rank = 1
