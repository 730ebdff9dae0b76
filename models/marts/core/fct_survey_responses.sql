-- One row per response to a survey, valid or not, with the first reason why it is not. Scores are as given, also those of invalid
-- responses.
select
    responses.response_key,
    responses.source_system,
    responses.invitation_key,
    responses.ticket_key,
    responses.order_key,
    responses.customer_key,

    responses.survey_type,
    responses.invalid_reason,

    responses.is_valid,

    responses.response_number,
    responses.answer_count,
    responses.overall_score,
    responses.nps_score,
    responses.ces_score,
    responses.duration_seconds,

    responses.sent_at,
    responses.submitted_at,
    {{ business_date('responses.submitted_at') }} as submitted_on

from {{ ref('int_survey_responses__validated') }} as responses
