-- The one event the desk tells of a contact: its reply. Where the time of day of the reply or of the report was lost, at midnight, the
-- reply is dated before the report, on whichever side of it that midnight lies: the ticket clock counts it and measures nothing by it.
with

current_contacts as (

    {{ current_rows(
        source('support_csat', 'contacts'),
        columns=['contact_id', 'agent_name', 'reported_at', 'responded_at']
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

    case
        when
            {{ to_local('current_contacts.responded_at', "'Asia/Kolkata'") }}
            = cast(cast({{ to_local('current_contacts.responded_at', "'Asia/Kolkata'") }} as {{ type_date() }}) as {{ type_timestamp() }})
            or {{ to_local('current_contacts.reported_at', "'Asia/Kolkata'") }}
            = cast(cast({{ to_local('current_contacts.reported_at', "'Asia/Kolkata'") }} as {{ type_date() }}) as {{ type_timestamp() }})
            then least(current_contacts.responded_at, {{ add_seconds('current_contacts.reported_at', -1) }})
        else current_contacts.responded_at
    end as occurred_at

from current_contacts
where current_contacts.responded_at is not null
