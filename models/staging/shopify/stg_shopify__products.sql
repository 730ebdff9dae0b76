{{ config(enabled='shopify' in var('source_systems')) }}
-- A product is its SKU, or its name where it has none; name and vendor are those of its latest line, of the connector's tables where those
-- have one.
with

current_lines as (

    {{ current_rows(
        source('shopify', 'order_lines'),
        columns=[
            'lineitem_sku', 'lineitem_name', 'vendor', '_extract_id', '_line'
        ]
    ) }}

),

connector_lines as (

    {{ current_rows(
        source('shopify', 'order_line'),
        columns=[
            'lineitem_sku', 'lineitem_name', 'vendor', '_extract_id', '_line'
        ]
    ) }}

),

told_products as (

    select
        coalesce(connector_lines.lineitem_sku, connector_lines.lineitem_name) as product_id,
        connector_lines.lineitem_name,
        connector_lines.vendor,

        1 as source_rank,
        connector_lines._extract_id,
        connector_lines._line

    from connector_lines

    union all

    select
        coalesce(current_lines.lineitem_sku, current_lines.lineitem_name) as product_id,
        current_lines.lineitem_name,
        current_lines.vendor,

        2 as source_rank,
        current_lines._extract_id,
        current_lines._line

    from current_lines

),

ranked_products as (

    select
        told_products.product_id,
        told_products.lineitem_name,
        told_products.vendor,

        row_number() over (
            partition by told_products.product_id
            order by
                told_products.source_rank asc nulls last,
                told_products._extract_id desc nulls last,
                told_products._line desc nulls last
        ) as product_rank

    from told_products

)

select
    {{ entity_key('shopify', ['ranked_products.product_id']) }} as product_key,
    'shopify' as source_system,
    {{ entity_key('shopify', ['ranked_products.vendor']) }} as merchant_key,

    ranked_products.product_id,
    ranked_products.vendor as merchant_id,

    ranked_products.lineitem_name as product_name,
    cast(null as {{ type_text() }}) as category,
    cast(null as {{ type_text() }}) as return_policy,

    cast(null as {{ type_integer() }}) as return_window_days,
    cast(null as {{ type_integer() }}) as warranty_days,

    cast(null as {{ type_timestamp() }}) as updated_at

from ranked_products
where ranked_products.product_rank = 1
