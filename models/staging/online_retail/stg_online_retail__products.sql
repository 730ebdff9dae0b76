{{ config(enabled='online_retail' in var('source_systems')) }}
with

current_lines as (

    {{ current_rows(
        source('online_retail', 'lines'),
        columns=[
            'stock_code', 'description', '_extract_id', '_line'
        ]
    ) }}

),

ranked_products as (

    select
        current_lines.stock_code,
        current_lines.description,

        row_number() over (
            partition by current_lines.stock_code
            order by
                case when current_lines.description is null then 1 else 0 end asc nulls last,
                current_lines._extract_id desc nulls last, current_lines._line desc nulls last
        ) as product_rank

    from current_lines

)

select
    {{ entity_key('online_retail', ['ranked_products.stock_code']) }} as product_key,
    'online_retail' as source_system,
    cast(null as {{ type_text() }}) as merchant_key,

    ranked_products.stock_code as product_id,
    cast(null as {{ type_text() }}) as merchant_id,

    ranked_products.description as product_name,
    cast(null as {{ type_text() }}) as category,
    cast(null as {{ type_text() }}) as return_policy,

    cast(null as {{ type_integer() }}) as return_window_days,
    cast(null as {{ type_integer() }}) as warranty_days,

    cast(null as {{ type_timestamp() }}) as updated_at

from ranked_products
where ranked_products.product_rank = 1
