-- When did a customer wait for an answer, and who gave it? A turn opens with what the customer writes while nobody owes them an answer
-- yet, and closes with the next reply of a person, or by solving the ticket.
--
-- The creation's turn is closed by a reply only: what is solved before is not answered. What is written on a solved ticket asks for
-- nothing, unless it is the last thing before a reopening. Events of one moment: reopening, messages and replies, solving.
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key') }}

with

steps as (

    select
        tickets.ticket_key,
        cast(null as {{ type_text() }}) as actor_key,

        'creation' as step,
        cast(null as {{ type_text() }}) as actor_team,

        tickets.created_at as occurred_at,
        0 as place,
        cast(null as {{ type_text() }}) as event_order,
        cast(null as {{ type_text() }}) as event_key

    from {{ ref('int_tickets__unioned') }} as tickets
    left join {{ ref('int_tickets__merged') }} as merged_tickets
        on tickets.ticket_key = merged_tickets.ticket_key
    left join {{ ref('int_ticket_contacts__counted') }} as contacts
        on tickets.ticket_key = contacts.ticket_key
    where
        merged_tickets.ticket_key is null
        and not coalesce(contacts.is_opened_by_staff, false)

    union all

    select
        events.ticket_key,
        events.actor_key,

        case
            when events.is_human_reply then 'reply'
            when events.event_type = 'agent_reply' then 'reply_without_role'
            else 'message'
        end as step,
        events.actor_team,

        events.occurred_at,
        case when events.event_type = 'agent_reply' and not events.is_human_reply then 3 else 2 end as place,
        events.event_order,
        events.event_key

    from {{ ref('int_ticket_events__counted') }} as events
    where
        not events.is_before_creation
        and (
            events.event_type = 'customer_reply'
            or (
                events.event_type = 'created'
                and events.is_from_merged_ticket
                and coalesce(events.actor_role not in ('human', 'partner'), true)
            )
            or events.is_human_reply
            or (events.event_type = 'agent_reply' and events.actor_role is null)
        )

    union all

    select
        status_changes.ticket_key,
        cast(null as {{ type_text() }}) as actor_key,

        case when status_changes.status in ('solved', 'closed') then 'solving' else 'reopening' end as step,
        cast(null as {{ type_text() }}) as actor_team,

        status_changes.entered_at as occurred_at,
        case when status_changes.status in ('solved', 'closed') then 4 else 1 end as place,
        status_changes.event_order,
        status_changes.event_key

    from {{ ref('int_ticket_statuses__entered') }} as status_changes
    where (status_changes.status in ('solved', 'closed')) <> (status_changes.previous_status in ('solved', 'closed'))

),

ordered_steps as (

    select
        steps.ticket_key,
        steps.actor_key,

        steps.step,
        lead(steps.step) over (
            partition by steps.ticket_key
            order by steps.occurred_at nulls last, steps.place nulls last, steps.event_order nulls last, steps.event_key nulls last
        ) as next_step,
        steps.actor_team,
        row_number() over (
            partition by steps.ticket_key
            order by steps.occurred_at nulls last, steps.place nulls last, steps.event_order nulls last, steps.event_key nulls last
        ) as step_number,

        steps.occurred_at

    from steps

),

steps_in_context as (

    select
        steps.ticket_key,
        steps.actor_key,

        steps.step,
        steps.next_step,
        steps.actor_team,
        steps.step_number,

        max(case when steps.step = 'creation' then 1 else 0 end) over (partition by steps.ticket_key) = 1
        and coalesce(
            sum(case when steps.step in ('reply', 'reply_without_role') then 1 else 0 end) over (
                partition by steps.ticket_key
                order by steps.step_number nulls last
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) = 0 as is_in_first_turn,
        coalesce(
            {{ last_known_value("case steps.step when 'solving' then true when 'reopening' then false end") }} over (
                partition by steps.ticket_key
                order by steps.step_number nulls last
                rows between unbounded preceding and 1 preceding
            ),
            false
        ) as is_solved,

        steps.occurred_at

    from ordered_steps as steps

),

-- A turn is what lies between two closings. What reopens a ticket is of the turn after the reopening.
turn_steps as (

    select
        steps.ticket_key,
        steps.actor_key,

        steps.step,
        steps.actor_team,
        coalesce(
            sum(case when steps.step in ('creation', 'message') then 0 else 1 end) over (
                partition by steps.ticket_key
                order by steps.step_number nulls last
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) + case
            when steps.step = 'message' and steps.is_solved and steps.next_step = 'reopening' and not steps.is_in_first_turn then 1
            else 0
        end as closing_count,

        steps.is_solved
        and not steps.is_in_first_turn
        and coalesce(steps.next_step <> 'reopening', true) as is_on_solved_ticket,

        steps.occurred_at

    from steps_in_context as steps
    where not (steps.step in ('solving', 'reopening') and steps.is_in_first_turn)

),

openings as (

    select
        steps.ticket_key,

        steps.closing_count,

        max(case when steps.step = 'creation' then 1 else 0 end) = 1 as is_opened_by_creation,
        max(case when steps.is_on_solved_ticket then 1 else 0 end) = 1 as is_on_solved_ticket,

        count(*) as message_count,

        min(steps.occurred_at) as opened_at

    from turn_steps as steps
    where steps.step in ('creation', 'message')
    group by
        steps.ticket_key,
        steps.closing_count

)

select
    openings.ticket_key,
    case when closings.step = 'reply' then closings.actor_key end as replier_key,

    cast(row_number() over (
        partition by openings.ticket_key
        order by openings.closing_count nulls last
    ) as {{ type_integer() }}) as turn_number,
    case when openings.is_opened_by_creation then 'creation' else 'message' end as opened_by,
    case
        when openings.is_on_solved_ticket then 'void'
        when closings.step = 'reply' then 'answered'
        when closings.step = 'reply_without_role' then 'unknown'
        when closings.step is not null then 'void'
        when openings.is_opened_by_creation and contacts.is_answered_before_creation then 'unknown'
        else 'open'
    end as outcome,
    case when closings.step = 'reply' then closings.actor_team end as replier_team,

    openings.message_count,

    openings.opened_at,
    case when closings.step = 'reply' then closings.occurred_at end as answered_at

from openings
inner join {{ ref('int_tickets__unioned') }} as tickets
    on openings.ticket_key = tickets.ticket_key
-- A desk that tells no reply does not say that nobody answered.
inner join {{ ref('int_ticket_sources__described') }} as sources
    on
        tickets.source_system = sources.source_system
        and sources.is_reply_told
left join turn_steps as closings
    on
        openings.ticket_key = closings.ticket_key
        and openings.closing_count = closings.closing_count
        and closings.step not in ('creation', 'message')
        -- Nobody owes an answer to what asks for nothing.
        and not openings.is_on_solved_ticket
left join {{ ref('int_ticket_contacts__counted') }} as contacts
    on openings.ticket_key = contacts.ticket_key
