-- Events of tickets. The feed has no updated_at: of a repeated event the newest delivery counts.
with

current_ticket_events as (

    {{ current_rows(
        source('contract', 'ticket_events'),
        columns=['event_id', 'ticket_id', 'occurred_at', 'event_type', 'actor_id', 'from_value', 'to_value']
    ) }}

)

select
    {{ entity_key('contract', ['current_ticket_events.event_id']) }} as event_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_ticket_events.ticket_id']) }} as ticket_key,
    {{ entity_key('contract', ['current_ticket_events.actor_id']) }} as actor_key,

    current_ticket_events.event_id,
    current_ticket_events.ticket_id,
    current_ticket_events.actor_id,

    current_ticket_events.event_type,
    current_ticket_events.from_value,
    current_ticket_events.to_value,

    current_ticket_events.occurred_at

from current_ticket_events
