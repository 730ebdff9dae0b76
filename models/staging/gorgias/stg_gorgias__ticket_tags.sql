{{ config(enabled='gorgias' in var('source_systems')) }}
with

current_tags as (

    {{ current_rows(
        source('gorgias', 'ticket_tags'),
        columns=[
            'ticket_id', 'tag'
        ]
    ) }}

)

select
    {{ entity_key('gorgias', ['current_tags.ticket_id', 'current_tags.tag']) }} as ticket_tag_key,
    'gorgias' as source_system,
    {{ entity_key('gorgias', ['current_tags.ticket_id']) }} as ticket_key,

    current_tags.ticket_id,

    current_tags.tag,

    cast(null as {{ type_timestamp() }}) as tagged_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from current_tags
