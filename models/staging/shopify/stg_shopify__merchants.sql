{{ config(enabled='shopify' in var('source_systems')) }}
-- Who sells is known by name only.
with

current_lines as (

    {{ current_rows(
        source('shopify', 'order_lines'),
        columns=[
            'vendor'
        ]
    ) }}

),

connector_lines as (

    {{ current_rows(
        source('shopify', 'order_line'),
        columns=[
            'vendor'
        ]
    ) }}

),

merchants as (

    select current_lines.vendor

    from current_lines
    where current_lines.vendor is not null

    union

    select connector_lines.vendor

    from connector_lines
    where connector_lines.vendor is not null

)

select
    {{ entity_key('shopify', ['merchants.vendor']) }} as merchant_key,
    'shopify' as source_system,

    merchants.vendor as merchant_id,

    merchants.vendor as merchant_name,
    cast(null as {{ type_text() }}) as category,
    cast(null as {{ type_text() }}) as region,

    cast(null as {{ type_date() }}) as opened_on,
    cast(null as {{ type_timestamp() }}) as updated_at

from merchants
