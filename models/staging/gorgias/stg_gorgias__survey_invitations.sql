{{ config(enabled='gorgias' in var('source_systems')) }}
with

current_surveys as (

    {{ current_rows(
        source('gorgias', 'satisfaction_surveys'),
        columns=[
            'survey_id', 'ticket_id', 'customer_id', 'score', 'sent_at', 'scored_at'
        ]
    ) }}

)

select
    {{ entity_key('gorgias', ['current_surveys.survey_id']) }} as invitation_key,
    'gorgias' as source_system,
    {{ entity_key('gorgias', ['current_surveys.ticket_id']) }} as ticket_key,
    cast(null as {{ type_text() }}) as order_key,
    {{ entity_key('gorgias', ['current_surveys.customer_id']) }} as customer_key,

    current_surveys.survey_id as invitation_id,
    current_surveys.ticket_id,
    cast(null as {{ type_text() }}) as order_id,
    current_surveys.customer_id,

    'service' as survey_type,
    cast(null as {{ type_text() }}) as channel,

    current_surveys.sent_at,
    cast(null as {{ type_timestamp() }}) as expires_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_surveys
where current_surveys.sent_at is not null
