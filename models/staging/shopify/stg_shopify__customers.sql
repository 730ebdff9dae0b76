{{ config(enabled='shopify' in var('source_systems')) }}
-- A customer is an e-mail address; where they live is where their latest order went.
with

current_lines as (

    {{ current_rows(
        source('shopify', 'order_lines'),
        columns=[
            'order_name', 'email', 'province', 'created_at', '_line'
        ]
    ) }}

),

ranked_customers as (

    select
        current_lines.email,
        current_lines.province,

        row_number() over (
            partition by current_lines.email
            order by
                current_lines.created_at desc nulls last,
                {{ id_order('current_lines.order_name') }} desc nulls last, current_lines.order_name desc nulls last,
                current_lines._line asc nulls last
        ) as customer_rank

    from current_lines
    where current_lines.email is not null

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
