-- How much work lies there at the end of each period, how old is it, how much came and went, and how long would it take to clear?
{% set dimensions = [
    'channel', 'issue_type', 'priority', 'product_category', 'region', 'customer_tier', 'agent_team', 'merchant', 'agent'
] -%}
{% set arrival_measures = [{'id': 'arrival_count', 'kind': 'sum', 'value': 'arrival_count'}] -%}
{% set resolution_measures = [{'id': 'resolved_count', 'kind': 'sum', 'value': 'resolved_count'}] -%}
{% set last_four_weeks -%}
    partition by backlog.period_grain, backlog.dimension, backlog.member
    order by backlog.period_start nulls last
    rows between 27 preceding and current row
{%- endset -%}

with

arrivals as (

    {{ kpi_rollup(ref('int_tickets__observed'), 'created_on', dimensions, arrival_measures) }}  -- noqa: PRS

),

resolutions as (

    {{ kpi_rollup(ref('int_tickets__observed'), 'resolved_on', dimensions, resolution_measures) }}  -- noqa: PRS

),

backlog as (

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
        coalesce(arrivals.arrival_count, 0) as arrival_count,
        coalesce(resolutions.resolved_count, 0) as resolved_count

    from {{ ref('int_backlog__accumulated') }} as backlog
    left join arrivals
        on
            backlog.period_grain = arrivals.period_grain
            and backlog.period_start = arrivals.period_start
            and backlog.dimension = arrivals.dimension
            and backlog.member = arrivals.member
    left join resolutions
        on
            backlog.period_grain = resolutions.period_grain
            and backlog.period_start = resolutions.period_start
            and backlog.dimension = resolutions.dimension
            and backlog.member = resolutions.member

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
    cast(backlog.arrival_count as {{ type_integer() }}) as arrival_count,
    cast(backlog.resolved_count as {{ type_integer() }}) as resolved_count,
    -- At the pace of the last four weeks, so that a quiet day does not read as a standstill; of the days there were, in the first four.
    case
        when backlog.period_grain = 'day'
            then {{ safe_divide(
                'backlog.open_count * count(*) over (' ~ last_four_weeks ~ ')',
                'sum(backlog.resolved_count) over (' ~ last_four_weeks ~ ')'
            ) }}
    end as days_to_clear

from backlog
