-- Are the customers of a tier served sooner and better than all others? KPIs of the last days (variable segment_days) whose cases have
-- settled, the tier against the rest, with the 95 % interval of the difference.
-- noqa: disable=LT02,RF04,ST09
{% set kpis = [
    'sla_first_reply_rate', 'sla_resolution_rate', 'first_reply_minutes_mean', 'resolution_minutes_mean', 'csat_rate', 'csat_mean'
] -%}
{% set subjects = [ref('measure_ticket_sla'), ref('measure_tickets'), ref('measure_survey_responses')] -%}

with

definitions as (

    select
        definitions.kpi_id,
        definitions.name_en,
        definitions.name_zh,
        definitions.unit,
        definitions.good_direction,
        definitions.interval,
        definitions.numerator,
        definitions.denominator,

        definitions.divisor,

        {{ add_days_to_date(business_date('resolved.as_of_at'), '1 - ' ~ var('segment_days')) }} as first_on,
        {{ add_days_to_date(business_date('resolved.as_of_at'), '1 - definitions.settles_after_days') }} as end_on

    from {{ ref('kpi_definitions') }} as definitions
    cross join {{ ref('int_as_of__resolved') }} as resolved
    where definitions.kpi_id in ('{{ kpis | join("', '") }}')

),

day_measures as (
    {% for subject in subjects %}
    select
        measures.measure,
        measures.period_start,
        measures.dimension,
        measures.member,

        measures.total,
        measures.squares
    from {{ subject }} as measures
    where measures.period_grain = 'day' and measures.dimension in ('overall', 'customer_tier')
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

sums as (

    select
        definitions.kpi_id,
        measures.dimension,
        measures.member,

        coalesce(sum(case when measures.measure = definitions.numerator then measures.total end), 0) as total,
        coalesce(sum(case when measures.measure = definitions.numerator then measures.squares end), 0) as squares,
        coalesce(sum(case when measures.measure = definitions.denominator then measures.total end), 0) as n

    from definitions
    inner join day_measures as measures
        on
            measures.measure in (definitions.numerator, definitions.denominator)
            and definitions.first_on <= measures.period_start
            and measures.period_start < definitions.end_on
    group by
        definitions.kpi_id,
        measures.dimension,
        measures.member

),

sides as (

    select
        tiers.kpi_id,
        tiers.member as customer_tier,
        'tier' as side,
        tiers.total,
        tiers.squares,
        tiers.n
    from sums as tiers
    where tiers.dimension = 'customer_tier'

    union all

    select
        tiers.kpi_id,
        tiers.member as customer_tier,
        'rest' as side,
        overall.total - tiers.total as total,
        overall.squares - tiers.squares as squares,
        overall.n - tiers.n as n
    from sums as tiers
    inner join sums as overall
        on
            tiers.kpi_id = overall.kpi_id
            and overall.dimension = 'overall'
    where tiers.dimension = 'customer_tier'

),

figures as (

    select
        sides.kpi_id,
        sides.customer_tier,
        sides.side,

        sides.n,
        {{ safe_divide('sides.total', 'sides.n') }} / definitions.divisor as value,
        case
            when definitions.interval = 'wilson' then {{ wilson_bound('-', 'sides.total', 'sides.n') }}
            else {{ mean_bound('-', 'sides.n', 'sides.total', 'sides.squares') }} / definitions.divisor
        end as lower,
        case
            when definitions.interval = 'wilson' then {{ wilson_bound('+', 'sides.total', 'sides.n') }}
            else {{ mean_bound('+', 'sides.n', 'sides.total', 'sides.squares') }} / definitions.divisor
        end as upper

    from sides
    inner join definitions
        on sides.kpi_id = definitions.kpi_id

),

-- Newcombe's interval of a difference: each side is as uncertain as its own interval says, towards the other.
differences as (

    select
        tiers.kpi_id,
        tiers.customer_tier,

        tiers.n,
        tiers.value,
        tiers.lower,
        tiers.upper,
        rest.n as rest_n,
        rest.value as rest_value,
        tiers.value - rest.value as difference,
        tiers.value - rest.value
        - sqrt((tiers.value - tiers.lower) * (tiers.value - tiers.lower) + (rest.upper - rest.value) * (rest.upper - rest.value))
            as difference_lower,
        tiers.value - rest.value
        + sqrt((tiers.upper - tiers.value) * (tiers.upper - tiers.value) + (rest.value - rest.lower) * (rest.value - rest.lower))
            as difference_upper

    from figures as tiers
    inner join figures as rest
        on
            tiers.kpi_id = rest.kpi_id
            and tiers.customer_tier = rest.customer_tier
            and rest.side = 'rest'
    where tiers.side = 'tier'

)

select
    differences.customer_tier,
    differences.kpi_id,

    definitions.name_en as kpi_name_en,
    definitions.name_zh as kpi_name_zh,
    definitions.unit,
    definitions.good_direction,
    case
        when least(differences.n, differences.rest_n) < {{ var('minimum_sample') }} then 'too_few'
        when differences.difference_lower <= 0 and differences.difference_upper >= 0 then 'no_evidence'
        when definitions.good_direction = case when differences.difference > 0 then 'up' else 'down' end then 'better'
        else 'worse'
    end as verdict,

    cast(differences.n as {{ type_integer() }}) as n,
    differences.value,
    differences.lower,
    differences.upper,
    cast(differences.rest_n as {{ type_integer() }}) as rest_n,
    differences.rest_value,
    differences.difference,
    differences.difference_lower,
    differences.difference_upper,

    definitions.first_on,
    definitions.end_on

from differences
inner join definitions
    on differences.kpi_id = definitions.kpi_id
