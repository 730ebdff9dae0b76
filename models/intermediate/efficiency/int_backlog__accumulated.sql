-- How many tickets are open at the end of each period, in whole and by age? The changes added up, over every period from a member's
-- first change to as_of, since a backlog is there also in a period in which nothing changes.
-- noqa: disable=LT02
{% set dimensions = [
    'channel', 'issue_type', 'priority', 'product_category', 'region', 'customer_tier', 'agent_team', 'merchant', 'agent'
] -%}
{% set ages = ['open', 'open_up_to_1d', 'open_over_1d_up_to_3d', 'open_over_3d_up_to_7d', 'open_over_7d'] -%}
{% set measures = [] -%}
{% for age in ages -%}
    {% do measures.append({'id': age, 'kind': 'sum', 'value': age ~ '_change'}) -%}
{% endfor -%}

with

changes as (

    {{ kpi_rollup(ref('int_backlog_changes__dated'), 'changed_on', dimensions, measures) }}  -- noqa: PRS

),

spanned_days as (

    select spine.day_on
    from (
        {{ day_spine(
            '(select min(changes.changed_on) from ' ~ ref('int_backlog_changes__dated') ~ ' as changes)',
            '(select ' ~ business_date('resolved.as_of_at') ~ ' from ' ~ ref('int_as_of__resolved') ~ ' as resolved)'
        ) }}
    ) as spine

),

periods as (
    {% for grain in kpi_grains() %}
    select distinct
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'spanned_days.day_on') }} as period_start

    from spanned_days
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

members as (

    select
        changes.period_grain,
        changes.dimension,
        changes.member,

        min(changes.period_start) as first_period_start

    from changes
    group by
        changes.period_grain,
        changes.dimension,
        changes.member

),

cells as (

    select
        members.period_grain,
        periods.period_start,
        members.dimension,
        members.member

    from members
    inner join periods
        on
            members.period_grain = periods.period_grain
            and members.first_period_start <= periods.period_start

)

select
    cells.period_grain,
    cells.period_start,
    cells.dimension,
    cells.member,
    {% for age in ages %}
    cast(sum(coalesce(changes.{{ age }}, 0)) over (
        partition by cells.period_grain, cells.dimension, cells.member
        order by cells.period_start nulls last
        rows between unbounded preceding and current row
    ) as {{ type_integer() }}) as {{ age }}_count{{ "," if not loop.last }}
    {%- endfor %}

from cells
left join changes
    on
        cells.period_grain = changes.period_grain
        and cells.period_start = changes.period_start
        and cells.dimension = changes.dimension
        and cells.member = changes.member
