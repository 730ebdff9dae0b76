-- The survey responses of all source systems that had been submitted by as_of, valid or not.
with

survey_responses as (

    {{ union_of_sources('survey_responses', {
        'response_key': type_text(),
        'source_system': type_text(),
        'response_id': type_text(),
        'invitation_key': type_text(),
        'duration_seconds': type_integer(),
        'submitted_at': type_timestamp()
    }) }}

)

select
    survey_responses.response_key,
    survey_responses.source_system,
    survey_responses.response_id,
    survey_responses.invitation_key,

    survey_responses.duration_seconds,

    survey_responses.submitted_at

from survey_responses
where survey_responses.submitted_at <= {{ as_of() }}
