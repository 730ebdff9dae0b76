{{ config(enabled='zendesk' in var('source_systems')) }}
with

current_tags as (

    {{ current_rows(
        source('zendesk', 'ticket_tag'),
        columns=[
            'ticket_id', 'tag'
        ]
    ) }}

)

select
    {{ entity_key('zendesk', ['current_tags.ticket_id', 'current_tags.tag']) }} as ticket_tag_key,
    'zendesk' as source_system,
    {{ entity_key('zendesk', ['current_tags.ticket_id']) }} as ticket_key,

    current_tags.ticket_id,

    current_tags.tag,

    cast(null as {{ type_timestamp() }}) as tagged_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_tags
