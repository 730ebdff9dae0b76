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
    {{ entity_key('gorgias', ['current_surveys.survey_id']) }} as response_key,
    'gorgias' as source_system,
    {{ entity_key('gorgias', ['current_surveys.survey_id']) }} as invitation_key,

    current_surveys.survey_id as response_id,
    current_surveys.survey_id as invitation_id,

    cast(null as {{ type_integer() }}) as duration_seconds,

    current_surveys.scored_at as submitted_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_surveys
where current_surveys.scored_at is not null
