{{ config(enabled='shopify' in var('source_systems')) }}
-- A customer is an e-mail address; where they live is where their latest order went, in the words of the connector's tables where those
-- know them.
with

current_lines as (

    {{ current_rows(
        source('shopify', 'order_lines'),
        columns=[
            'order_name', 'email', 'province', 'created_at', '_line'
        ]
    ) }}

),

connector_orders as (

    {{ current_rows(
        source('shopify', 'order'),
        columns=[
            'order_name', 'email', 'province', 'created_at'
        ]
    ) }}

),

told_customers as (

    select
        connector_orders.email,
        connector_orders.province,
        connector_orders.order_name,

        1 as source_rank,
        cast(null as {{ type_integer() }}) as told_line,

        connector_orders.created_at

    from connector_orders

    union all

    select
        current_lines.email,
        current_lines.province,
        current_lines.order_name,

        2 as source_rank,
        current_lines._line as told_line,

        current_lines.created_at

    from current_lines

),

ranked_customers as (

    select
        told_customers.email,
        told_customers.province,

        row_number() over (
            partition by told_customers.email
            order by
                told_customers.source_rank asc nulls last,
                told_customers.created_at desc nulls last,
                {{ id_order('told_customers.order_name') }} desc nulls last, told_customers.order_name desc nulls last,
                told_customers.told_line asc nulls last
        ) as customer_rank

    from told_customers
    where told_customers.email is not null

)

select
    {{ entity_key('shopify', ['ranked_customers.email']) }} as customer_key,
    'shopify' as source_system,

    ranked_customers.email as customer_id,

    ranked_customers.province as region,
    cast(null as {{ type_text() }}) as customer_tier,

    cast(null as {{ type_timestamp() }}) as registered_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from ranked_customers
where ranked_customers.customer_rank = 1
