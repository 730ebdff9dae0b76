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

backlog as (

    select
        states.period_grain,
        states.period_start,
        states.dimension,
        states.member,

        states.backlog_open_n as open_count,
        states.backlog_up_to_1d_n as open_up_to_1d_count,
        states.backlog_over_1d_up_to_3d_n as open_over_1d_up_to_3d_count,
        states.backlog_over_3d_up_to_7d_n as open_over_3d_up_to_7d_count,
        states.backlog_over_7d_n as open_over_7d_count,
        -- What comes in without ever going out again, at a help desk that tells no statuses, is no arrival.
        coalesce(flows.tickets_with_known_resolution_n, 0) as arrival_count,
        coalesce(flows.tickets_resolved_n, 0) as resolved_count

    from states
    left join flows
        on
            states.period_grain = flows.period_grain
            and states.period_start = flows.period_start
            and states.dimension = flows.dimension
            and states.member = flows.member

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
