-- Which priority did a ticket have from when to when? Only tickets whose priority changed are here; the rest kept the one they have.
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key') }}

with

changes as (

    select
        events.ticket_key,

        events.from_value,
        events.to_value,
        last_value(events.to_value) over (
            partition by events.ticket_key
            order by events.occurred_at nulls last, events.event_order nulls last, events.event_key nulls last
            rows between unbounded preceding and unbounded following
        ) as last_value_told,
        row_number() over (
            partition by events.ticket_key
            order by events.occurred_at nulls last, events.event_order nulls last, events.event_key nulls last
        ) as change_number,

        events.occurred_at,
        lead(events.occurred_at) over (
            partition by events.ticket_key
            order by events.occurred_at nulls last, events.event_order nulls last, events.event_key nulls last
        ) as next_occurred_at

    from {{ ref('int_ticket_events__counted') }} as events
    where
        events.event_type = 'priority_changed'
        and events.to_value is not null
        and not events.is_from_merged_ticket

)

select
    changes.ticket_key,

    -- Where it is not said what it was before, it is what the ticket was created with: a row that does not say the last priority says
    -- that one. Else nobody knows; what it became later it was not before.
    coalesce(
        changes.from_value,
        case when tickets.priority <> changes.last_value_told then tickets.priority end,
        'unknown'
    ) as priority,

    cast('1900-01-01 00:00:00' as {{ type_timestamp() }}) as held_from,
    changes.occurred_at as held_to

from changes
inner join {{ ref('int_tickets__unioned') }} as tickets
    on changes.ticket_key = tickets.ticket_key
where changes.change_number = 1

union all

select
    changes.ticket_key,

    changes.to_value as priority,

    changes.occurred_at as held_from,
    coalesce(changes.next_occurred_at, cast('9999-12-31 00:00:00' as {{ type_timestamp() }})) as held_to

from changes
