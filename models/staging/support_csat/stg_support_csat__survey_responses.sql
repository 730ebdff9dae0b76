-- Only the day of an answer is told. It is dated to the earliest moment of that day that does not lie before the reply.
with

current_contacts as (

    {{ current_rows(
        source('support_csat', 'contacts'),
        columns=['contact_id', 'reported_at', 'responded_at', 'survey_responded_on']
    ) }}

)

select
    {{ entity_key('support_csat', ['current_contacts.contact_id']) }} as response_key,
    'support_csat' as source_system,
    {{ entity_key('support_csat', ['current_contacts.contact_id']) }} as invitation_key,

    current_contacts.contact_id as response_id,
    current_contacts.contact_id as invitation_id,

    cast(null as {{ type_integer() }}) as duration_seconds,

    greatest(
        {{ to_utc('current_contacts.survey_responded_on', "'Asia/Kolkata'") }},
        current_contacts.reported_at,
        current_contacts.responded_at
    ) as submitted_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_contacts
where current_contacts.survey_responded_on is not null
