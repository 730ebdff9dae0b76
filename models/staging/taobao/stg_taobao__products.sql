{{ config(enabled='taobao' in var('source_systems')) }}
-- A product is the seller's number, or its title where it has none.
with

current_details as (

    {{ current_rows(
        source('taobao', 'order_details'),
        columns=[
            'title', 'outer_code', 'seller_code', '_extract_id', '_line'
        ]
    ) }}

),

ranked_products as (

    select
        coalesce(current_details.seller_code, current_details.outer_code, current_details.title) as product_id,
        current_details.title,

        row_number() over (
            partition by coalesce(current_details.seller_code, current_details.outer_code, current_details.title)
            order by current_details._extract_id desc nulls last, current_details._line desc nulls last
        ) as product_rank

    from current_details

)

select
    {{ entity_key('taobao', ['ranked_products.product_id']) }} as product_key,
    'taobao' as source_system,
    cast(null as {{ type_text() }}) as merchant_key,

    ranked_products.product_id,
    cast(null as {{ type_text() }}) as merchant_id,

    ranked_products.title as product_name,
    cast(null as {{ type_text() }}) as category,
    cast(null as {{ type_text() }}) as return_policy,

    cast(null as {{ type_integer() }}) as return_window_days,
    cast(null as {{ type_integer() }}) as warranty_days,

    cast(null as {{ type_timestamp() }}) as updated_at

from ranked_products
where ranked_products.product_rank = 1
