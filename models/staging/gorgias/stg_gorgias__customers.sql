{{ config(enabled='gorgias' in var('source_systems')) }}
with

current_tickets as (

    {{ current_rows(
        source('gorgias', 'tickets'),
        columns=[
            'customer_id'
        ]
    ) }}

),

customers as (

    select current_tickets.customer_id

    from current_tickets
    where current_tickets.customer_id is not null
    group by current_tickets.customer_id

)

select
    {{ entity_key('gorgias', ['customers.customer_id']) }} as customer_key,
    'gorgias' as source_system,

    customers.customer_id,

    cast(null as {{ type_text() }}) as region,
    cast(null as {{ type_text() }}) as customer_tier,

    cast(null as {{ type_timestamp() }}) as registered_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from customers
