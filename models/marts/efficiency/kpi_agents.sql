-- What did each agent and team get done? From the month upwards; bots and partners are in it, with what they hold. Reply times are
-- those of the turns they answered themselves.
{{ config(materialized='by_period') }}
with

tickets as (

    {{ measures_side_by_side(ref('measure_tickets'), [
        'tickets_created', 'ticket_transfers', 'resolved_ticket_replies', 'resolved_tickets_with_known_replies',
        'first_reply_seconds_median', 'resolution_seconds_median'
    ]) }}

),

agent_days as (

    {{ measures_side_by_side(ref('measure_agent_days'), ['agent_tickets_resolved', 'agent_days', 'agent_replies']) }}

),

turns as (

    {{ measures_side_by_side(ref('measure_turns'), ['turns_answered', 'reply_seconds_median']) }}

),

cells as (

    select
        tickets.period_grain,
        tickets.period_start,
        tickets.dimension,
        tickets.member

    from tickets

    union

    select
        agent_days.period_grain,
        agent_days.period_start,
        agent_days.dimension,
        agent_days.member

    from agent_days

    union

    select
        turns.period_grain,
        turns.period_start,
        turns.dimension,
        turns.member

    from turns

)

select
    cells.period_grain,
    cells.period_start,
    cells.dimension,
    cells.member,

    coalesce(tickets.tickets_created_n, 0) < {{ var('minimum_sample') }} as is_small_sample,

    coalesce(tickets.tickets_created_n, 0) as ticket_count,
    cast(coalesce(agent_days.agent_tickets_resolved_total, 0) as {{ type_integer() }}) as resolved_count,
    cast(coalesce(agent_days.agent_days_total, 0) as {{ type_integer() }}) as agent_day_count,
    {{ safe_divide('coalesce(agent_days.agent_tickets_resolved_total, 0)', 'agent_days.agent_days_total') }} as resolved_per_agent_day,
    cast(coalesce(agent_days.agent_replies_total, 0) as {{ type_integer() }}) as reply_count,
    {{ safe_divide('coalesce(tickets.resolved_ticket_replies_total, 0)', 'tickets.resolved_tickets_with_known_replies_total') }}
        as replies_per_resolved_ticket,
    {{ safe_divide('coalesce(tickets.ticket_transfers_total, 0)', 'tickets.tickets_created_total') }} as transfers_per_ticket,
    coalesce(turns.turns_answered_n, 0) as answered_turn_count,
    {{ kpi_minutes('turns.reply_seconds_median') }} as reply_minutes_median,
    {{ kpi_minutes('tickets.first_reply_seconds_median') }} as first_reply_minutes_median,
    {{ kpi_minutes('tickets.resolution_seconds_median') }} as resolution_minutes_median

from cells
left join tickets
    on {{ same_cell('cells', 'tickets') }}
left join agent_days
    on {{ same_cell('cells', 'agent_days') }}
left join turns
    on {{ same_cell('cells', 'turns') }}
where
    cells.period_grain in ('month', 'quarter', 'year')
    and cells.dimension in ('agent_team', 'agent')
    and cells.member <> 'unknown'
{{ built_from([
    fingerprints_of(ref('measure_tickets')),
    fingerprints_of(ref('measure_agent_days')),
    fingerprints_of(ref('measure_turns'))
]) }}
