-- What did each agent and team get done? From the month upwards; bots and partners are in it, with what they hold.
{% set dimensions = ['agent_team', 'agent'] -%}
{% set ticket_measures = [
    {'id': 'ticket_count', 'kind': 'sum', 'value': 'ticket_count'},
    {'id': 'transfers_per_ticket', 'kind': 'quotient', 'numerator': 'transfer_count', 'denominator': 'ticket_count'},
    {
        'id': 'replies_per_resolved_ticket', 'kind': 'quotient',
        'numerator': 'resolved_ticket_reply_count', 'denominator': 'resolved_ticket_count'
    },
    {'id': 'first_reply_minutes_median', 'kind': 'median', 'value': 'first_reply_seconds', 'divisor': 60},
    {'id': 'resolution_minutes_median', 'kind': 'median', 'value': 'resolution_seconds', 'divisor': 60}
] -%}
{% set day_measures = [
    {'id': 'resolved_per_agent_day', 'kind': 'quotient', 'numerator': 'resolved_count', 'denominator': 'agent_day_count'},
    {'id': 'reply_count', 'kind': 'sum', 'value': 'reply_count'}
] -%}

with

tickets as (

    {{ kpi_rollup(ref('int_tickets__observed'), 'created_on', dimensions, ticket_measures) }}  -- noqa: PRS

),

agent_days as (

    {{ kpi_rollup(ref('int_agent_days__observed'), 'worked_on', dimensions, day_measures) }}  -- noqa: PRS

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

)

select
    cells.period_grain,
    cells.period_start,
    cells.dimension,
    cells.member,

    coalesce(tickets.transfers_per_ticket_n, 0) < {{ var('minimum_sample') }} as is_small_sample,

    cast(coalesce(tickets.ticket_count, 0) as {{ type_integer() }}) as ticket_count,
    cast(coalesce(agent_days.resolved_per_agent_day_numerator, 0) as {{ type_integer() }}) as resolved_count,
    cast(coalesce(agent_days.resolved_per_agent_day_denominator, 0) as {{ type_integer() }}) as agent_day_count,
    agent_days.resolved_per_agent_day,
    cast(coalesce(agent_days.reply_count, 0) as {{ type_integer() }}) as reply_count,
    tickets.replies_per_resolved_ticket,
    tickets.transfers_per_ticket,
    tickets.first_reply_minutes_median,
    tickets.resolution_minutes_median

from cells
left join tickets
    on
        cells.period_grain = tickets.period_grain
        and cells.period_start = tickets.period_start
        and cells.dimension = tickets.dimension
        and cells.member = tickets.member
left join agent_days
    on
        cells.period_grain = agent_days.period_grain
        and cells.period_start = agent_days.period_start
        and cells.dimension = agent_days.dimension
        and cells.member = agent_days.member
where
    cells.period_grain in ('month', 'quarter', 'year')
    and cells.dimension in ('agent_team', 'agent')
    and cells.member <> 'unknown'
