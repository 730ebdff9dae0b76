-- Which events say in every word what another event says? The help desk sent one event under two ids. The first id stays.
-- Few moments of a ticket carry two events of a kind, so only those are compared word by word.
with

moments_with_several_events as (

    select
        events.ticket_key,

        events.event_type,

        events.occurred_at

    from {{ ref('int_ticket_events__unioned') }} as events
    group by
        events.ticket_key,
        events.event_type,
        events.occurred_at
    having count(*) > 1

),

numbered_events as (

    select
        events.event_key,

        row_number() over (
            partition by
                events.ticket_key,
                events.event_type,
                events.occurred_at,
                events.actor_key,
                events.from_value,
                events.to_value
            order by events.event_order nulls last, events.event_key nulls last
        ) as copy_number

    from {{ ref('int_ticket_events__unioned') }} as events
    inner join moments_with_several_events as moments
        on
            events.ticket_key = moments.ticket_key
            and events.event_type = moments.event_type
            and events.occurred_at = moments.occurred_at

)

select numbered_events.event_key
from numbered_events
where numbered_events.copy_number > 1
