{{ config(enabled='online_retail' in var('source_systems')) }}
with

current_lines as (

    {{ current_rows(
        source('online_retail', 'lines'),
        columns=[
            'customer_id', 'country', 'invoice_no', 'invoiced_at'
        ]
    ) }}

),

ranked_customers as (

    select
        cast(cast(current_lines.customer_id as {{ type_integer() }}) as {{ type_text() }}) as customer_id,
        current_lines.country,

        row_number() over (
            partition by current_lines.customer_id
            order by
                current_lines.invoiced_at desc nulls last,
                current_lines.invoice_no desc nulls last,
                current_lines.country asc nulls last
        ) as customer_rank

    from current_lines
    where current_lines.customer_id is not null

)

select
    {{ entity_key('online_retail', ['ranked_customers.customer_id']) }} as customer_key,
    'online_retail' as source_system,

    ranked_customers.customer_id,

    ranked_customers.country as region,
    cast(null as {{ type_text() }}) as customer_tier,

    cast(null as {{ type_timestamp() }}) as registered_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from ranked_customers
where ranked_customers.customer_rank = 1
