-- What is saved in each category against the baseline: (unit cost of the baseline − unit cost) × volume? The volume of a category is that
-- of the seed cost_drivers, the baseline the months of the variables cost_baseline_from and cost_baseline_to, else the first three whole
-- months with costs.
-- noqa: disable=LT02
{% set categories = contract_values('service_costs').get('cost_category', []) -%}
{% set volume_subjects = [ref('measure_orders'), ref('measure_tickets'), ref('measure_requests'), ref('measure_order_items')] -%}

with

categories as (
    {% for category in categories %}
    select
        '{{ category }}' as cost_category,
        '{{ category }}_cost' as cost_measure
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

first_whole_month as (

    select
        case
            when min(members.first_on) = {{ period_start('month', 'min(members.first_on)') }} then min(members.first_on)
            else {{ add_months_to_date(period_start('month', 'min(members.first_on)'), 1) }}
        end as first_month

    from {{ ref('measure_members') }} as members
    where members.measure = 'service_costs_incurred' and members.dimension = 'overall' and members.is_delivered

),

baseline as (

    select
        {{ cost_baseline('from', 'first_whole_month.first_month') }} as baseline_from,
        {{ cost_baseline('to', add_months_to_date('first_whole_month.first_month', 3)) }} as baseline_to

    from first_whole_month

),

costs as (

    select
        categories.cost_category,
        measures.period_grain,
        measures.period_start,
        measures.dimension,
        measures.member,

        measures.total as cost_amount

    from {{ ref('measure_service_costs') }} as measures
    inner join categories
        on measures.measure = categories.cost_measure
    where
        measures.period_grain in ('month', 'quarter', 'year')
        and measures.dimension in ('overall', 'shop')
        and measures.n > 0

),

volumes as (
    {% for subject in volume_subjects %}
    select
        drivers.cost_category,
        drivers.volume_measure,
        measures.period_grain,
        measures.period_start,
        measures.dimension,
        measures.member,

        measures.total as volume

    from {{ subject }} as measures
    inner join {{ ref('cost_drivers') }} as drivers
        on measures.measure = drivers.volume_measure
    where
        measures.period_grain in ('month', 'quarter', 'year')
        and measures.dimension in ('overall', 'shop')
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

figures as (

    select
        coalesce(costs.cost_category, volumes.cost_category) as cost_category,
        coalesce(costs.period_grain, volumes.period_grain) as period_grain,
        coalesce(costs.period_start, volumes.period_start) as period_start,
        coalesce(costs.dimension, volumes.dimension) as dimension,
        coalesce(costs.member, volumes.member) as member,

        costs.cost_amount as booked_amount,
        coalesce(costs.cost_amount, 0) as cost_amount,
        coalesce(volumes.volume, 0) as volume

    from costs
    full outer join volumes
        on
            costs.cost_category = volumes.cost_category
            and {{ same_cell('costs', 'volumes') }}

),

-- A baseline that is not over yet would be compared with more of itself each day, and one in which a category was never booked is none.
baselines as (

    select
        figures.cost_category,
        figures.dimension,
        figures.member,

        sum(figures.booked_amount) as cost_amount,
        sum(figures.volume) as volume

    from figures
    inner join baseline
        on
            figures.period_start >= baseline.baseline_from
            and figures.period_start < baseline.baseline_to
            and baseline.baseline_to <= {{ business_date(as_of()) }}
    where figures.period_grain = 'month'
    group by
        figures.cost_category,
        figures.dimension,
        figures.member

)

select
    figures.period_grain,
    figures.period_start,
    figures.dimension,
    figures.member,
    figures.cost_category,

    drivers.volume_measure,

    cast(figures.volume as {{ type_integer() }}) as volume,
    cast(figures.cost_amount as {{ type_money() }}) as cost_amount,
    {{ safe_divide('figures.cost_amount', 'figures.volume') }} as unit_cost,
    cast(baselines.volume as {{ type_integer() }}) as baseline_volume,
    cast(baselines.cost_amount as {{ type_money() }}) as baseline_cost_amount,
    {{ safe_divide('baselines.cost_amount', 'baselines.volume') }} as baseline_unit_cost,
    {{ safe_divide(
        safe_divide('figures.cost_amount', 'figures.volume'),
        safe_divide('baselines.cost_amount', 'baselines.volume')
    ) }} - 1 as unit_cost_change,
    {{ to_cents(
        safe_divide('baselines.cost_amount', 'baselines.volume') ~ ' * cast(figures.volume as ' ~ type_double() ~ ')'
        ~ ' - cast(figures.cost_amount as ' ~ type_double() ~ ')'
    ) }} as saved_amount,

    baseline.baseline_from,
    baseline.baseline_to

from figures
left join {{ ref('cost_drivers') }} as drivers
    on figures.cost_category = drivers.cost_category
cross join baseline
left join baselines
    on
        figures.cost_category = baselines.cost_category
        and figures.dimension = baselines.dimension
        and figures.member = baselines.member
where figures.cost_amount <> 0 or figures.volume <> 0
