-- How many tickets are open at the end of each period, in whole and by age? The changes added up, over every period from a member's first
-- change to as_of, since a backlog is there also in a period in which nothing changes.
-- noqa: disable=PRS,LT05
{{ config(materialized='by_period', is_whole=true) }}
with

changes as (

    {{ measures_of({
        'facts': ref('fct_backlog_changes'), 'date': 'changed_on', 'dimensions': dimensions_of('ticket'), 'is_state': true, 'per': 'ticket_key',
        'measures': [
        {'name': 'backlog_open', 'sum': 'facts.open_change'},
        {'name': 'backlog_up_to_1d', 'sum': 'facts.open_up_to_1d_change'},
        {'name': 'backlog_over_1d_up_to_3d', 'sum': 'facts.open_over_1d_up_to_3d_change'},
        {'name': 'backlog_over_3d_up_to_7d', 'sum': 'facts.open_over_3d_up_to_7d_change'},
        {'name': 'backlog_over_7d', 'sum': 'facts.open_over_7d_change'}
    ]}) }}

),

members as (

    select
        changes.measure,
        changes.period_grain,
        changes.dimension,
        changes.member,

        min(changes.period_start) as first_period_start

    from changes
    group by
        changes.measure,
        changes.period_grain,
        changes.dimension,
        changes.member

),

states as (

    select
        members.measure,
        members.period_grain,
        periods.period_start,
        members.dimension,
        members.member,

        cast(sum(coalesce(changes.total, 0)) over (
            partition by members.measure, members.period_grain, members.dimension, members.member
            order by periods.period_start nulls last
            rows between unbounded preceding and current row
        ) as decimal(38, 6)) as total

    from members
    inner join {{ ref('int_periods__spined') }} as periods
        on
            members.period_grain = periods.period_grain
            and members.first_period_start <= periods.period_start
    left join changes
        on
            members.measure = changes.measure
            and members.period_grain = changes.period_grain
            and periods.period_start = changes.period_start
            and members.dimension = changes.dimension
            and members.member = changes.member

)

select
    states.measure,
    states.period_grain,
    states.period_start,
    states.dimension,
    states.member,

    states.total,
    cast(null as decimal(38, 12)) as squares,
    cast(states.total as {{ type_integer() }}) as n,
    cast(null as {{ type_double() }}) as quantile

from states
