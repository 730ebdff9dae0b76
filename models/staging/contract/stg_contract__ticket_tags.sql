-- Tags of tickets, as the help desk last stated them.
with

current_ticket_tags as (

    {{ current_rows(
        source('contract', 'ticket_tags'),
        columns=['ticket_id', 'tag', 'tagged_at', 'updated_at']
    ) }}

)

select
    {{ entity_key('contract', ['current_ticket_tags.ticket_id', 'current_ticket_tags.tag']) }} as ticket_tag_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_ticket_tags.ticket_id']) }} as ticket_key,

    current_ticket_tags.ticket_id,

    current_ticket_tags.tag,

    current_ticket_tags.tagged_at,
    current_ticket_tags.updated_at

from current_ticket_tags
