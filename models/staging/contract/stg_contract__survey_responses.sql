-- Survey responses as the survey system last stated them. The comment stops here.
with

current_survey_responses as (

    {{ current_rows(
        source('contract', 'survey_responses'),
        columns=['response_id', 'invitation_id', 'submitted_at', 'duration_seconds', 'updated_at']
    ) }}

)

select
    {{ entity_key('contract', ['current_survey_responses.response_id']) }} as response_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_survey_responses.invitation_id']) }} as invitation_key,

    current_survey_responses.response_id,
    current_survey_responses.invitation_id,

    current_survey_responses.duration_seconds,

    current_survey_responses.submitted_at,
    current_survey_responses.updated_at

from current_survey_responses
