-- How much work lies there at the end of each period, how old is it, how much came and went, and how long would it take to clear?
{% set last_four_weeks -%}
    partition by backlog.period_grain, backlog.dimension, backlog.member
    order by backlog.period_start nulls last
    rows between 27 preceding and current row
{%- endset -%}

with

states as (

    {{ measures_side_by_side(ref('measure_backlog'), [
        'backlog_open', 'backlog_up_to_1d', 'backlog_over_1d_up_to_3d', 'backlog_over_3d_up_to_7d', 'backlog_over_7d'
    ], is_touched=false) }}

),

flows as (

    {{ measures_side_by_side(ref('measure_tickets'), ['tickets_with_known_resolution', 'tickets_resolved'], is_touched=false) }}

),

member_beginnings as (

    select
        states.period_grain,
        states.dimension,
        states.member,

        states.period_start

    from states

    union all

    select
        flows.period_grain,
        flows.dimension,
        flows.member,

        flows.period_start

    from flows
    where flows.tickets_with_known_resolution_n > 0 or flows.tickets_resolved_n > 0

),

members as (

    select
        beginnings.period_grain,
        beginnings.dimension,
        beginnings.member,

        min(beginnings.period_start) as first_period_start

    from member_beginnings as beginnings
    group by
        beginnings.period_grain,
        beginnings.dimension,
        beginnings.member

),

-- What comes in under an agent or team that holds it later only has no backlog there yet.
cells as (

    select
        members.period_grain,
        periods.period_start,
        members.dimension,
        members.member

    from members
    inner join {{ ref('int_periods__spined') }} as periods
        on
            members.period_grain = periods.period_grain
            and members.first_period_start <= periods.period_start

),

backlog as (

    select
        cells.period_grain,
        cells.period_start,
        cells.dimension,
        cells.member,

        coalesce(states.backlog_open_n, 0) as open_count,
        coalesce(states.backlog_up_to_1d_n, 0) as open_up_to_1d_count,
        coalesce(states.backlog_over_1d_up_to_3d_n, 0) as open_over_1d_up_to_3d_count,
        coalesce(states.backlog_over_3d_up_to_7d_n, 0) as open_over_3d_up_to_7d_count,
        coalesce(states.backlog_over_7d_n, 0) as open_over_7d_count,
        -- What comes in without ever going out again, at a help desk that tells no statuses, is no arrival.
        coalesce(flows.tickets_with_known_resolution_n, 0) as arrival_count,
        coalesce(flows.tickets_resolved_n, 0) as resolved_count

    from cells
    left join states
        on
            {{ same_cell('cells', 'states') }}
    left join flows
        on
            {{ same_cell('cells', 'flows') }}

)

select
    backlog.period_grain,
    backlog.period_start,
    backlog.dimension,
    backlog.member,

    backlog.open_count,
    backlog.open_up_to_1d_count,
    backlog.open_over_1d_up_to_3d_count,
    backlog.open_over_3d_up_to_7d_count,
    backlog.open_over_7d_count,
    backlog.arrival_count,
    backlog.resolved_count,
    -- At the pace of the last four weeks, so that a quiet day does not read as a standstill; of the days there were, in the first four.
    case
        when backlog.period_grain = 'day'
            then {{ safe_divide(
                'backlog.open_count * count(*) over (' ~ last_four_weeks ~ ')',
                'sum(backlog.resolved_count) over (' ~ last_four_weeks ~ ')'
            ) }}
    end as days_to_clear

from backlog
