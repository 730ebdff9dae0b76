-- All KPIs in one long table: figure, parts and interval as their family says, set against the period before, the same period last
-- year, the target in force and a published figure. A new family is one more line in this list, and nothing else here.
{% set families = [
    ref('kpi_satisfaction'),
    ref('kpi_efficiency'),
] -%}

with

{% for family in families -%}
    {{ family.identifier }}_compared as (

        {{ kpi_compared(family, kpi_ids_of(family.identifier)) }}

    ),

{% endfor -%}

figures as (

    {% for family in families -%}
        {{ kpi_unpivot(family.identifier ~ '_compared', kpi_ids_of(family.identifier)) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

ranked_targets as (

    select
        figures.kpi_id,
        figures.period_grain,
        figures.period_start,
        figures.dimension,
        figures.member,

        targets.target_value,
        row_number() over (
            partition by figures.kpi_id, figures.period_grain, figures.period_start, figures.dimension, figures.member
            order by
                case when targets.dimension = figures.dimension then 0 else 1 end asc nulls last,
                case when targets.period_grain is not null then 0 else 1 end asc nulls last,
                targets.valid_from desc nulls last
        ) as target_rank

    from figures
    inner join {{ ref('kpi_targets') }} as targets
        on
            figures.kpi_id = targets.kpi_id
            and (targets.period_grain is null or figures.period_grain = targets.period_grain)
            and figures.period_start >= targets.valid_from
            and (targets.valid_to is null or figures.period_start < targets.valid_to)
    inner join {{ ref('kpi_definitions') }} as definitions
        on figures.kpi_id = definitions.kpi_id
    where
        (figures.dimension = targets.dimension and figures.member = targets.member)
        -- A member has only a part of a count or an amount, so the target of the whole is none of its own.
        or (targets.dimension = 'overall' and definitions.unit not in ('count', 'amount'))

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
        targets_in_force.target_value,
        benchmarks.benchmark_value,

        resolved.as_of_at

    from figures
    inner join {{ ref('kpi_definitions') }} as definitions
        on figures.kpi_id = definitions.kpi_id
    left join ranked_targets as targets_in_force
        on
            figures.kpi_id = targets_in_force.kpi_id
            and figures.period_grain = targets_in_force.period_grain
            and figures.period_start = targets_in_force.period_start
            and figures.dimension = targets_in_force.dimension
            and figures.member = targets_in_force.member
            and targets_in_force.target_rank = 1
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
        when figures.target_value is null or figures.good_direction = 'none' then 'no_target'
        when figures.good_direction = 'up' and figures.value >= figures.target_value then 'on_target'
        when figures.good_direction = 'down' and figures.value <= figures.target_value then 'on_target'
        when figures.value is not null then 'off_target'
    end as status,

    figures.n < {{ var('minimum_sample') }} as is_small_sample,
    case figures.period_grain
        {% for grain in kpi_grains() -%}
            when '{{ grain }}' then figures.period_start = {{ period_start(grain, business_date('figures.as_of_at')) }}
        {% endfor -%}
    end as is_running_period,

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
