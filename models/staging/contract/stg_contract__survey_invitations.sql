-- Survey invitations as the survey system last stated them.
with

current_survey_invitations as (

    {{ current_rows(
        source('contract', 'survey_invitations'),
        columns=[
            'invitation_id', 'survey_type', 'ticket_id', 'order_id', 'customer_id', 'channel', 'sent_at',
            'expires_at', 'updated_at'
        ]
    ) }}

)

select
    {{ entity_key('contract', ['current_survey_invitations.invitation_id']) }} as invitation_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_survey_invitations.ticket_id']) }} as ticket_key,
    {{ entity_key('contract', ['current_survey_invitations.order_id']) }} as order_key,
    {{ entity_key('contract', ['current_survey_invitations.customer_id']) }} as customer_key,

    current_survey_invitations.invitation_id,
    current_survey_invitations.ticket_id,
    current_survey_invitations.order_id,
    current_survey_invitations.customer_id,

    current_survey_invitations.survey_type,
    current_survey_invitations.channel,

    current_survey_invitations.sent_at,
    current_survey_invitations.expires_at,
    current_survey_invitations.updated_at

from current_survey_invitations
