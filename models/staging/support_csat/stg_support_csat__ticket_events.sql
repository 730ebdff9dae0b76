-- The one event the desk tells of a contact: its reply. A reply whose time of day was lost is dated to the midnight before it, so
-- before the report: the ticket clock counts it as a reply and measures nothing by it.
with

current_contacts as (

    {{ current_rows(
        source('support_csat', 'contacts'),
        columns=['contact_id', 'agent_name', 'responded_at']
    ) }}

)

select
    {{ entity_key('support_csat', ['current_contacts.contact_id', "'reply'"]) }} as event_key,
    'support_csat' as source_system,
    {{ entity_key('support_csat', ['current_contacts.contact_id']) }} as ticket_key,
    {{ entity_key('support_csat', [hash_text('current_contacts.agent_name')]) }} as actor_key,

    current_contacts.contact_id || '|reply' as event_id,
    current_contacts.contact_id as ticket_id,
    {{ hash_text('current_contacts.agent_name') }} as actor_id,

    'agent_reply' as event_type,
    cast(null as {{ type_text() }}) as from_value,
    cast(null as {{ type_text() }}) as to_value,

    current_contacts.responded_at as occurred_at

from current_contacts
where current_contacts.responded_at is not null
