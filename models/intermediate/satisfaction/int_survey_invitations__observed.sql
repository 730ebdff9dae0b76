-- One row per invitation, by the day it was sent: was it answered, and does the answer count? A source that never delivered a
-- response does not say that nobody answered, and one that never delivered an answer to a question does not say that no response
-- counts: there it is not known.
with

sources_with_responses as (

    select distinct responses.source_system
    from {{ ref('int_survey_responses__unioned') }} as responses

),

sources_with_answers as (

    select distinct answers.source_system
    from {{ ref('int_survey_answers__unioned') }} as answers

),

first_responses as (

    select
        responses.invitation_key,
        responses.is_valid

    from {{ ref('int_survey_responses__validated') }} as responses
    where responses.response_number = 1

)

select
    invitations.invitation_key,
    invitations.survey_type,

    invitations.channel,
    invitations.issue_type,
    invitations.priority,
    invitations.product_category,
    invitations.region,
    invitations.customer_tier,
    invitations.agent_team,
    invitations.merchant,
    invitations.agent,
    case
        when invitations.is_resolved then 'resolved'
        when not invitations.is_resolved then 'unresolved'
    end as resolution,
    case
        when not invitations.is_resolved then 'unresolved'
        when invitations.resolution_minutes < 60 then 'under_1h'
        when invitations.resolution_minutes < 240 then '1h_to_4h'
        when invitations.resolution_minutes < 1440 then '4h_to_24h'
        when invitations.resolution_minutes < 4320 then '1d_to_3d'
        when invitations.resolution_minutes < 10080 then '3d_to_7d'
        when invitations.resolution_minutes >= 10080 then '7d_and_over'
    end as resolution_time,

    -- Whoever was asked yesterday may still answer: only closed invitations tell who did not.
    {{ add_days('invitations.sent_at', var('survey_valid_days')) }} < {{ as_of() }}
    or coalesce(invitations.expires_at <= {{ as_of() }}, false) as is_closed,
    case when sources_with_responses.source_system is not null then first_responses.invitation_key is not null end as is_responded,
    case when sources_with_answers.source_system is not null then first_responses.is_valid end as is_response_valid,

    1 as invitation_count,
    case when first_responses.invitation_key is not null then invitations.resolution_minutes end as responder_resolution_minutes,
    case when first_responses.invitation_key is null then invitations.resolution_minutes end as non_responder_resolution_minutes,

    {{ business_date('invitations.sent_at') }} as sent_on

from {{ ref('int_survey_invitations__described') }} as invitations
left join first_responses
    on invitations.invitation_key = first_responses.invitation_key
left join sources_with_responses
    on invitations.source_system = sources_with_responses.source_system
left join sources_with_answers
    on invitations.source_system = sources_with_answers.source_system
