-- What do a source's events tell at all? Where no reply or no change of status was ever told, none counted is not none happened.
select
    events.source_system,

    count(*) filter (where events.event_type = 'status_changed') > 0 as is_status_told,
    count(*) filter (where events.event_type in ('agent_reply', 'bot_reply')) > 0 as is_reply_told

from {{ ref('int_ticket_events__unioned') }} as events
group by events.source_system
