-- Every contact of the file was asked and answered. When it was asked is not known: after the reply, so not before it.
with

current_contacts as (

    {{ current_rows(
        source('support_csat', 'contacts'),
        columns=[
            'contact_id', 'channel_name', 'order_id', 'reported_at', 'responded_at', 'survey_responded_on'
        ]
    ) }}

)

select
    {{ entity_key('support_csat', ['current_contacts.contact_id']) }} as invitation_key,
    'support_csat' as source_system,
    {{ entity_key('support_csat', ['current_contacts.contact_id']) }} as ticket_key,
    {{ entity_key('support_csat', ['current_contacts.order_id']) }} as order_key,
    cast(null as {{ type_text() }}) as customer_key,

    current_contacts.contact_id as invitation_id,
    current_contacts.contact_id as ticket_id,
    current_contacts.order_id,
    cast(null as {{ type_text() }}) as customer_id,

    'service' as survey_type,
    case when current_contacts.channel_name = 'Email' then 'email' else 'phone' end as channel,

    greatest(current_contacts.reported_at, current_contacts.responded_at) as sent_at,
    cast(null as {{ type_timestamp() }}) as expires_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_contacts
where current_contacts.survey_responded_on is not null
