-- One row per event that counts, in order, on the ticket it counts on. What was written in a reply or a note is in no extract.
select
    events.event_key,
    events.source_system,
    events.ticket_key,
    events.own_ticket_key,
    events.actor_key,

    row_number() over (
        partition by events.ticket_key
        order by events.occurred_at nulls last, events.event_key nulls last
    ) as event_number,
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
