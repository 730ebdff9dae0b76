-- All KPIs in one long table: figure, parts and interval as their family says, set against the period before, the same period last
-- year, the target in force and a published figure. A period that is not whole is compared with nothing: one that runs, or whose cases have
-- not come to their end, or in which the data of one of its sources begins. A new family is one more line in this list, nothing else here.
{% set families = [
    ref('kpi_satisfaction'),
    ref('kpi_efficiency'),
    ref('kpi_resolution'),
    ref('kpi_quality'),
    ref('kpi_returns'),
    ref('kpi_cost'),
    ref('kpi_expectation'),
    ref('kpi_voice'),
    ref('kpi_loyalty'),
] -%}
{{ config(materialized='by_period', made_by='kpi_id') }}
{% set inputs = [spine_fingerprints(), as_of_fingerprints(), settled_fingerprints()] -%}
{% for family in families -%}
    {% do inputs.append(compared_fingerprints(family)) -%}
{% endfor -%}
{% do inputs.append(first_day_fingerprints(families)) -%}
with

compared_periods as (

    {% call calculated_once('compared_periods') -%}
    {{ compared_periods() }}
    {%- endcall %}

),

-- The periods that are made, and those that they are compared with.
read_periods as (

    {% call calculated_once('read_periods') -%}
    select
        read_periods.kpi_id,
        read_periods.period_grain,
        read_periods.period_start
        {%- for use in ['made', 'previous', 'last_year'] %},
        max(read_periods.read_as = '{{ use }}') as is_{{ use }}
        {%- endfor %}

    from (
        {% for use, start in [('made', 'period_start'), ('previous', 'previous_start'), ('last_year', 'last_year_start')] -%}
            select
                touched.kpi_id,
                periods.period_grain,
                periods.{{ start }} as period_start,
                '{{ use }}' as read_as

            from {{ in_touched_periods('compared_periods', 'periods') }}
            {{ 'union all' if not loop.last }}
        {% endfor %}
    ) as read_periods
    group by
        read_periods.kpi_id,
        read_periods.period_grain,
        read_periods.period_start
    {%- endcall %}

),

family_figures as (

    {% call calculated_once('family_figures') -%}
    {% for family in families -%}
        select
            kpis.kpi_id,
            kpis.period_grain,
            kpis.period_start,
            kpis.dimension,
            kpis.member,

            kpis.value,
            kpis.numerator,
            kpis.denominator,
            kpis.n,
            kpis.lower,
            kpis.upper,

            read_periods.is_made,
            read_periods.is_previous,
            read_periods.is_last_year

        from {{ family }} as kpis
        inner join read_periods
            on
                kpis.kpi_id = read_periods.kpi_id
                and kpis.period_grain = read_periods.period_grain
                and kpis.period_start = read_periods.period_start
        {{ 'union all' if not loop.last }}
    {% endfor %}
    {%- endcall %}

),

first_days as (

    {{ first_days_of(families) }}

),

-- What begins when: each source system by itself, each shop with its systems, and all of them together, as every other dimension is told.
beginnings as (

    select
        first_days.date_basis,
        first_days.dimension,
        first_days.member,
        first_days.first_on

    from first_days
    where first_days.dimension in ('shop', 'source_system')

    union all

    select
        first_days.date_basis,
        'shop' as dimension,
        {{ shop_of('first_days.member') }} as member,
        first_days.first_on

    from first_days
    where first_days.dimension = 'source_system'

    union all

    select
        first_days.date_basis,
        'overall' as dimension,
        'all' as member,
        first_days.first_on

    from first_days

),

first_beginnings as (

    {% call calculated_once('first_beginnings') -%}
    select
        beginnings.date_basis,
        beginnings.dimension,
        beginnings.member,

        min(beginnings.first_on) as first_on

    from beginnings
    group by beginnings.date_basis, beginnings.dimension, beginnings.member
    {%- endcall %}

),

half_periods as (

    {% for grain in kpi_grains() -%}
        select distinct
            beginnings.date_basis,
            beginnings.dimension,
            beginnings.member,
            '{{ grain }}' as period_grain,
            {{ period_start(grain, 'beginnings.first_on') }} as period_start

        from beginnings
        where beginnings.first_on > {{ period_start(grain, 'beginnings.first_on') }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

whole_periods as (

    {% call calculated_once('whole_periods') -%}
    select
        definitions.kpi_id,
        periods.period_grain,
        periods.period_start,
        first_beginnings.dimension,
        first_beginnings.member

    from {{ ref('kpi_definitions') }} as definitions
    inner join first_beginnings
        on definitions.date_basis = first_beginnings.date_basis
    inner join {{ ref('int_periods__spined') }} as periods
        on first_beginnings.first_on <= periods.period_start
    left join half_periods
        on
            first_beginnings.date_basis = half_periods.date_basis
            and first_beginnings.dimension = half_periods.dimension
            and first_beginnings.member = half_periods.member
            and periods.period_grain = half_periods.period_grain
            and periods.period_start = half_periods.period_start
    cross join {{ ref('int_as_of__resolved') }} as resolved
    where
        half_periods.period_start is null
        and periods.period_start < case periods.period_grain
            {% for grain in kpi_grains() -%}
                when '{{ grain }}' then {{ last_settled_start(grain, 'definitions.settles_after_days') }}
            {% endfor -%}
        end
    {%- endcall %}

),

-- A whole period with those that it is compared with, as far as they are whole.
comparisons as (

    select
        whole_periods.kpi_id,
        whole_periods.period_grain,
        whole_periods.period_start,
        whole_periods.dimension,
        whole_periods.member,

        previous_periods.period_start as previous_start,
        last_year_periods.period_start as last_year_start

    from whole_periods
    inner join compared_periods as periods
        on
            whole_periods.period_grain = periods.period_grain
            and whole_periods.period_start = periods.period_start
    {%- for compared in ['previous', 'last_year'] %}
    left join whole_periods as {{ compared }}_periods
        on
            whole_periods.kpi_id = {{ compared }}_periods.kpi_id
            and whole_periods.period_grain = {{ compared }}_periods.period_grain
            and periods.{{ compared }}_start = {{ compared }}_periods.period_start
            and whole_periods.dimension = {{ compared }}_periods.dimension
            and whole_periods.member = {{ compared }}_periods.member
    {%- endfor %}

),

figures as (

    select
        figures.kpi_id,
        figures.period_grain,
        figures.period_start,
        figures.dimension,
        figures.member,

        figures.value,
        figures.numerator,
        figures.denominator,
        figures.n,
        figures.lower,
        figures.upper,
        previous_figures.value as previous_value,
        last_year_figures.value as last_year_value,

        comparisons.kpi_id is not null as is_whole_period

    from family_figures as figures
    left join comparisons
        on
            figures.kpi_id = comparisons.kpi_id
            and figures.period_grain = comparisons.period_grain
            and figures.period_start = comparisons.period_start
            and case when figures.dimension in ('shop', 'source_system') then figures.dimension else 'overall' end = comparisons.dimension
            and case when figures.dimension in ('shop', 'source_system') then figures.member else 'all' end = comparisons.member
    {%- for compared in ['previous', 'last_year'] %}
    left join family_figures as {{ compared }}_figures
        on
            comparisons.kpi_id = {{ compared }}_figures.kpi_id
            and comparisons.period_grain = {{ compared }}_figures.period_grain
            and comparisons.{{ compared }}_start = {{ compared }}_figures.period_start
            and figures.dimension = {{ compared }}_figures.dimension
            and figures.member = {{ compared }}_figures.member
            and {{ compared }}_figures.is_{{ compared }}
    {%- endfor %}
    where figures.is_made

),

targets as (

    {{ targets_in_force() }}

),

defined_figures as (

    select
        figures.kpi_id,
        definitions.family,
        figures.period_grain,
        figures.period_start,
        figures.dimension,
        figures.member,

        definitions.name_en as kpi_name_en,
        definitions.name_zh as kpi_name_zh,
        definitions.unit,
        definitions.good_direction,
        -- A change of shares is told in points: a relative change of a share says little, and of a net score, which may be 0, nothing.
        case when definitions.unit in ('ratio', 'points') then 'points' else 'relative' end as change_kind,

        figures.value,
        figures.numerator,
        figures.denominator,
        figures.n,
        figures.lower,
        figures.upper,
        figures.previous_value,
        figures.last_year_value,
        figures.is_whole_period,
        -- A member has only a part of a count or an amount, so the target of the whole is none of its own.
        coalesce(
            own_targets.target_value,
            case when definitions.unit not in ('count', 'amount') then overall_targets.target_value end
        ) as target_value,
        benchmarks.benchmark_value,

        resolved.as_of_at

    from figures
    inner join {{ ref('kpi_definitions') }} as definitions
        on figures.kpi_id = definitions.kpi_id
    left join targets as own_targets
        on
            figures.kpi_id = own_targets.kpi_id
            and figures.period_grain = own_targets.period_grain
            and figures.period_start = own_targets.period_start
            and figures.dimension = own_targets.dimension
            and figures.member = own_targets.member
    left join targets as overall_targets
        on
            figures.kpi_id = overall_targets.kpi_id
            and figures.period_grain = overall_targets.period_grain
            and figures.period_start = overall_targets.period_start
            and overall_targets.dimension = 'overall'
    left join {{ ref('industry_benchmarks') }} as benchmarks
        on
            figures.kpi_id = benchmarks.kpi_id
            and benchmarks.is_on_scoreboard
    cross join {{ ref('int_as_of__resolved') }} as resolved

)

select
    figures.kpi_id,
    figures.family,
    figures.period_grain,
    figures.period_start,
    figures.dimension,
    figures.member,

    figures.kpi_name_en,
    figures.kpi_name_zh,
    figures.unit,
    figures.good_direction,
    figures.change_kind,
    case
        when figures.target_value is null or figures.value is null or figures.good_direction = 'none' then 'no_target'
        when figures.good_direction = 'up' and figures.value >= figures.target_value then 'on_target'
        when figures.good_direction = 'down' and figures.value <= figures.target_value then 'on_target'
        else 'off_target'
    end as status,

    figures.n < {{ var('minimum_sample') }} as is_small_sample,
    case figures.period_grain
        {% for grain in kpi_grains() -%}
            when '{{ grain }}' then figures.period_start = {{ period_start(grain, business_date('figures.as_of_at')) }}
        {% endfor -%}
    end as is_running_period,
    figures.is_whole_period,

    figures.value,
    figures.numerator,
    figures.denominator,
    figures.n,
    figures.lower,
    figures.upper,
    figures.previous_value,
    case
        when figures.change_kind = 'points' then figures.value - figures.previous_value
        else {{ safe_divide('figures.value - figures.previous_value', 'abs(figures.previous_value)') }}
    end as change_from_previous,
    figures.last_year_value,
    case
        when figures.change_kind = 'points' then figures.value - figures.last_year_value
        else {{ safe_divide('figures.value - figures.last_year_value', 'abs(figures.last_year_value)') }}
    end as change_from_last_year,
    figures.target_value,
    figures.benchmark_value

from defined_figures as figures
{{ built_from(inputs) }}
