-- The survey invitations of all source systems that had been sent by as_of. When one expires is part of the invitation, and stays.
with

survey_invitations as (

    {{ union_of_sources('survey_invitations', {
        'invitation_key': type_text(),
        'source_system': type_text(),
        'invitation_id': type_text(),
        'ticket_key': type_text(),
        'order_key': type_text(),
        'customer_key': type_text(),
        'survey_type': type_text(),
        'channel': type_text(),
        'sent_at': type_timestamp(),
        'expires_at': type_timestamp()
    }) }}

)

select
    survey_invitations.invitation_key,
    survey_invitations.source_system,
    survey_invitations.invitation_id,
    survey_invitations.ticket_key,
    survey_invitations.order_key,
    coalesce(people.person_key, survey_invitations.customer_key) as customer_key,

    survey_invitations.survey_type,
    survey_invitations.channel,

    survey_invitations.sent_at,
    survey_invitations.expires_at

from survey_invitations
left join {{ ref('int_customers__joined') }} as people
    on survey_invitations.customer_key = people.customer_key
where survey_invitations.sent_at <= {{ as_of() }}
