-- The tags that tickets of all source systems had by as_of. A tag without a moment is taken as given.
with

ticket_tags as (

    {{ union_of_sources('ticket_tags', {
        'ticket_tag_key': type_text(),
        'ticket_key': type_text(),
        'source_system': type_text(),
        'tag': type_text(),
        'tagged_at': type_timestamp()
    }) }}

)

select
    ticket_tags.ticket_tag_key,
    ticket_tags.ticket_key,
    ticket_tags.source_system,

    ticket_tags.tag

from ticket_tags
where coalesce(ticket_tags.tagged_at <= {{ as_of() }}, true)
