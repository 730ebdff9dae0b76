-- The events of all source systems' tickets that had happened by as_of, as delivered: repeats are still in.
with

ticket_events as (

    {{ union_of_sources('ticket_events', {
        'event_key': type_text(),
        'source_system': type_text(),
        'event_id': type_text(),
        'ticket_key': type_text(),
        'actor_key': type_text(),
        'event_type': type_text(),
        'from_value': type_text(),
        'to_value': type_text(),
        'occurred_at': type_timestamp()
    }) }}

)

select
    ticket_events.event_key,
    ticket_events.source_system,
    ticket_events.event_id,
    ticket_events.ticket_key,
    ticket_events.actor_key,

    ticket_events.event_type,
    ticket_events.from_value,
    ticket_events.to_value,

    ticket_events.occurred_at

from ticket_events
where ticket_events.occurred_at <= {{ as_of() }}
