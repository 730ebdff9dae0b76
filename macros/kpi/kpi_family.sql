{#-
  The KPIs of a family from the measures that its definitions name, as a select of the families' contract: kpi_id, the cell, value, numerator,
  denominator, n, lower, upper.

  family     the family in kpi_definitions
  subjects   the measure tables that hold its numerators and denominators; a KPI whose measures are in none of them is not computed

  A KPI is told under the dimensions that all its measures know, under source_system only if one subject holds them. From a member's first row to
  as_of each period has its row, a count or sum of nothing being 0; under the dimensions with many members only periods with a case have one.
  What was never delivered is null, not 0: nobody knows. Of a shop that is asked of the shop.
-#}
{% macro kpi_family(family, subjects) -%}
    {{ config(materialized='by_period', noted_by='kpi_id') }}
    {%- set inputs = [spine_fingerprints(), member_fingerprints(family, subjects)] -%}
    {%- for subject in subjects -%}
        {%- do inputs.append(fingerprints_of(subject)) -%}
    {%- endfor -%}
with

definitions as (

    select
        definitions.kpi_id,
        definitions.numerator,
        definitions.denominator,
        definitions.interval,

        definitions.divisor,
        definitions.scale

    from {{ ref('kpi_definitions') }} as definitions
    where definitions.family = '{{ family }}'

),

measures as (
    {%- call calculated_once('measures') %}
    {% for subject in subjects %}
    select
        '{{ subject.identifier }}' as subject,
        measures.measure,
        measures.period_grain,
        measures.period_start,
        measures.dimension,
        measures.member,

        measures.total,
        measures.squares,
        measures.n,
        measures.quantile

    from {{ in_touched_periods(subject, 'measures') }}
    where measures.measure in (
        select definitions.numerator from definitions
        union all
        select definitions.denominator from definitions
        where definitions.denominator is not null
    )
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- endcall %}

),

-- From when on is a part told under a member?
part_members as (

    select
        definitions.kpi_id,
        'numerator' as part,
        members.subject,
        members.dimension,
        members.member,

        members.first_on

    from definitions
    inner join {{ ref('measure_members') }} as members
        on definitions.numerator = members.measure

    union all

    -- A numerator that never had a case has no row under dimensions with many members. It is told under those that its subject is: 0 of so many.
    select
        definitions.kpi_id,
        'numerator' as part,
        siblings.subject,
        siblings.dimension,
        siblings.member,

        siblings.first_on

    from definitions
    inner join {{ ref('measure_members') }} as members
        on
            definitions.numerator = members.measure
            and members.dimension = 'overall'
            and not members.is_delivered
    inner join {{ ref('measure_members') }} as siblings
        on
            members.subject = siblings.subject
            and siblings.dimension in ({{ detailed_dimension_list() }})

    union all

    select
        definitions.kpi_id,
        'denominator' as part,
        members.subject,
        members.dimension,
        members.member,

        members.first_on

    from definitions
    inner join {{ ref('measure_members') }} as members
        on definitions.denominator = members.measure

),

applying_dimensions as (

    select
        spans.kpi_id,
        spans.dimension

    from part_members as spans
    inner join definitions
        on spans.kpi_id = definitions.kpi_id
    group by
        spans.kpi_id,
        spans.dimension,
        definitions.denominator
    having
        (count(distinct spans.part) = 2 or definitions.denominator is null)
        and (count(distinct spans.subject) = 1 or spans.dimension <> 'source_system')

),

member_spans as (
    {%- call calculated_once('member_spans') %}
    select
        spans.kpi_id,
        spans.dimension,
        spans.member,

        min(spans.first_on) as first_on

    from part_members as spans
    inner join applying_dimensions
        on
            spans.kpi_id = applying_dimensions.kpi_id
            and spans.dimension = applying_dimensions.dimension
    group by
        spans.kpi_id,
        spans.dimension,
        spans.member
    {%- endcall %}

),

cells as (

    select
        spans.kpi_id,
        periods.period_grain,
        periods.period_start,
        spans.dimension,
        spans.member

    from member_spans as spans
    inner join (
        select
            periods.period_grain,
            periods.period_start,
            periods.last_on
        from {{ in_touched_periods(ref('int_periods__spined'), 'periods') }}
    ) as periods
        on spans.first_on <= periods.last_on
    where spans.dimension not in ({{ detailed_dimension_list() }})

    union all

    select
        definitions.kpi_id,
        measures.period_grain,
        measures.period_start,
        measures.dimension,
        measures.member

    from definitions
    inner join measures
        on coalesce(definitions.denominator, definitions.numerator) = measures.measure
    inner join applying_dimensions
        on
            definitions.kpi_id = applying_dimensions.kpi_id
            and measures.dimension = applying_dimensions.dimension
    where
        measures.dimension in ({{ detailed_dimension_list() }})
        and measures.n > 0

),

-- Of a shop it is asked what the shop's own systems delivered, of any other member what all shops did.
asked_shops as (

    select distinct
        members.dimension,
        members.member

    from {{ ref('measure_members') }} as members
    where members.dimension in ('overall', 'shop')

),

told_subjects as (

    select distinct
        members.subject,
        members.dimension,
        members.member

    from {{ ref('measure_members') }} as members
    where members.is_delivered

),

-- Is the numerator known at all? Of a sum or a count its measure has to have a case somewhere. Of a quotient over another subject the numerator's own
-- has to: 0 complaints in so many orders are no complaints only where tickets are delivered.
known_numerators as (

    select
        definitions.kpi_id,
        asked_shops.dimension,
        asked_shops.member,

        case
            when definitions.denominator is null then numerators_of_shop.is_delivered
            else numerators.subject = denominators.subject or told_subjects.subject is not null
        end as is_known,
        numerators.is_quantile

    from definitions
    inner join {{ ref('measure_members') }} as numerators
        on
            definitions.numerator = numerators.measure
            and numerators.dimension = 'overall'
    left join {{ ref('measure_members') }} as denominators
        on
            definitions.denominator = denominators.measure
            and denominators.dimension = 'overall'
    cross join asked_shops
    left join {{ ref('measure_members') }} as numerators_of_shop
        on
            definitions.numerator = numerators_of_shop.measure
            and asked_shops.dimension = numerators_of_shop.dimension
            and asked_shops.member = numerators_of_shop.member
    left join told_subjects
        on
            numerators.subject = told_subjects.subject
            and asked_shops.dimension = told_subjects.dimension
            and asked_shops.member = told_subjects.member

),

divisible_figures as (
    {%- call calculated_once('divisible_figures') %}
    select
        cells.kpi_id,
        cells.period_grain,
        cells.period_start,
        cells.dimension,
        cells.member,

        definitions.interval,

        case
            when known_numerators.is_known
                then cast(coalesce(numerators.total, 0) as {{ type_double() }}) / definitions.divisor
        end as numerator,
        cast(numerators.squares as {{ type_double() }}) / definitions.divisor / definitions.divisor as numerator_squares,
        coalesce(numerators.n, 0) as numerator_n,
        case
            when definitions.denominator is not null
                then cast(coalesce(denominators.total, 0) as {{ type_double() }}) / definitions.scale
        end as denominator,
        cast(denominators.squares as {{ type_double() }}) as denominator_squares,
        coalesce(denominators.n, 0) as denominator_n,
        numerators.quantile / definitions.divisor as quantile,

        known_numerators.is_quantile,
        definitions.denominator is not null as is_divided

    from cells
    inner join definitions
        on cells.kpi_id = definitions.kpi_id
    inner join known_numerators
        on
            cells.kpi_id = known_numerators.kpi_id
            and case when cells.dimension = 'shop' then 'shop' else 'overall' end = known_numerators.dimension
            and case when cells.dimension = 'shop' then cells.member else 'all' end = known_numerators.member
    left join measures as numerators
        on
            definitions.numerator = numerators.measure
            and cells.period_grain = numerators.period_grain
            and cells.period_start = numerators.period_start
            and cells.dimension = numerators.dimension
            and cells.member = numerators.member
    left join measures as denominators
        on
            definitions.denominator = denominators.measure
            and cells.period_grain = denominators.period_grain
            and cells.period_start = denominators.period_start
            and cells.dimension = denominators.dimension
            and cells.member = denominators.member
    {%- endcall %}

)

select
    figures.kpi_id,
    figures.period_grain,
    figures.period_start,
    figures.dimension,
    figures.member,

    case
        when figures.is_quantile then figures.quantile
        when figures.is_divided then {{ safe_divide('figures.numerator', 'figures.denominator') }}
        else figures.numerator
    end as value,
    case when not figures.is_quantile then figures.numerator end as numerator,
    figures.denominator,
    case when figures.is_divided then figures.denominator_n else figures.numerator_n end as n,
    {{ kpi_bound('-') }} as lower,
    {{ kpi_bound('+') }} as upper

from divisible_figures as figures
{{ built_from(inputs) }}
{%- endmacro %}
