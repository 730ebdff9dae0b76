{{ config(enabled='survey_sheet' in var('source_systems')) }}
-- Who answered is known by e-mail, if at all.
with

current_responses as (

    {{ sheet_responses(columns=['email']) }}

),

customers as (

    select current_responses.email

    from current_responses
    where current_responses.email is not null
    group by current_responses.email

)

select
    {{ entity_key('survey_sheet', ['customers.email']) }} as customer_key,
    'survey_sheet' as source_system,

    customers.email as customer_id,

    cast(null as {{ type_text() }}) as region,
    cast(null as {{ type_text() }}) as customer_tier,

    cast(null as {{ type_timestamp() }}) as registered_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from customers
