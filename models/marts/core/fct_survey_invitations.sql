-- One row per survey sent to a customer, and what came back.
with

first_responses as (

    select
        responses.invitation_key,
        responses.response_key,
        responses.is_valid,
        responses.submitted_at

    from {{ ref('int_survey_responses__validated') }} as responses
    where responses.response_number = 1

)

select
    invitations.invitation_key,
    invitations.source_system,
    invitations.invitation_id,
    invitations.ticket_key,
    invitations.order_key,
    invitations.customer_key,
    first_responses.response_key as first_response_key,

    invitations.survey_type,
    invitations.channel,

    first_responses.response_key is not null as is_responded,
    coalesce(first_responses.is_valid, false) as is_valid_response,

    invitations.sent_at,
    {{ business_date('invitations.sent_at') }} as sent_on,
    invitations.expires_at,
    first_responses.submitted_at as first_submitted_at

from {{ ref('int_survey_invitations__unioned') }} as invitations
left join first_responses
    on invitations.invitation_key = first_responses.invitation_key
