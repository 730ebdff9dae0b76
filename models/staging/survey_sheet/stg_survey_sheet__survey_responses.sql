{{ config(enabled='survey_sheet' in var('source_systems')) }}
with

current_responses as (

    {{ sheet_responses(columns=['response_id', 'invitation_id', 'duration', 'submitted_at']) }}

)

select
    {{ entity_key('survey_sheet', ['current_responses.response_id']) }} as response_key,
    'survey_sheet' as source_system,
    {{ entity_key('survey_sheet', ['coalesce(current_responses.invitation_id, current_responses.response_id)']) }} as invitation_key,

    current_responses.response_id,
    coalesce(current_responses.invitation_id, current_responses.response_id) as invitation_id,

    current_responses.duration as duration_seconds,

    current_responses.submitted_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_responses
