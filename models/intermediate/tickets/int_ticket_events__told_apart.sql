-- In which order stand events of one ticket and one moment, and which of them says in every word what another says? By their ids, in which
-- numbers count as numbers; of copies, one event under two ids, the first stays. Other events need no id to be told apart.
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key') }}

with

events as (

    select
        events.event_key,
        events.ticket_key,
        coalesce(merged_tickets.surviving_ticket_key, events.ticket_key) as surviving_ticket_key,
        events.actor_key,

        events.event_type,
        events.from_value,
        events.to_value,

        events.occurred_at

    from {{ ref('int_ticket_events__unioned') }} as events
    left join {{ ref('int_tickets__merged') }} as merged_tickets
        on events.ticket_key = merged_tickets.ticket_key

),

shared_moments as (

    select
        events.surviving_ticket_key,

        events.occurred_at

    from events
    group by
        events.surviving_ticket_key,
        events.occurred_at
    having count(*) > 1

),

events_in_order as (

    select
        events.event_key,
        events.ticket_key,
        events.actor_key,

        events.event_type,
        events.from_value,
        events.to_value,
        {{ id_order('events.event_key') }} as event_order,

        events.occurred_at

    from events
    inner join shared_moments
        on
            events.surviving_ticket_key = shared_moments.surviving_ticket_key
            and events.occurred_at = shared_moments.occurred_at

)

select
    events.event_key,
    events.ticket_key,

    events.event_order,
    row_number() over (
        partition by
            events.ticket_key,
            events.event_type,
            events.occurred_at,
            events.actor_key,
            events.from_value,
            events.to_value
        order by events.event_order nulls last, events.event_key nulls last
    ) > 1 as is_copy

from events_in_order as events
