-- One row per event that counts, on the ticket it counts on. The words of a note or a reply are in no extract and no mart.
select
    events.ticket_event_key,
    events.source_system,
    events.ticket_key,
    events.own_ticket_key,
    events.actor_key,

    events.event_number,
    events.event_type,
    events.actor_role,
    events.actor_team,
    events.from_value,
    events.to_value,

    events.is_from_merged_ticket,
    events.is_before_creation,
    events.is_human_reply,
    events.is_bot_reply,

    events.occurred_at,
    {{ business_date('events.occurred_at') }} as occurred_on

from {{ ref('int_ticket_events__counted') }} as events
