-- Which members moved a figure from the period before to this one? The change of a quotient is split into what the members' own figures did
-- (rate) and what their shares of the denominator did (mix), that of a sum into the members' own changes. Both periods are whole, else the
-- scoreboard compares nothing.
-- noqa: disable=LT02,RF04
{{ config(materialized='by_period', made_by='kpi_id') }}
{% set grains = ['month', 'quarter', 'year'] -%}
-- Overall and members are both sums of parts; what differs by less is the order in which they were added.
{% set tolerance = '1e-9' -%}

with

changes as (

    select
        scoreboard.kpi_id,
        scoreboard.period_grain,
        scoreboard.period_start,
        periods.previous_start,

        definitions.denominator is not null as is_divided,

        scoreboard.value,
        scoreboard.previous_value

    from {{ in_touched_periods(ref('kpi_scoreboard'), 'scoreboard', made_by='kpi_id') }}
    inner join ({{ compared_periods() }}) as periods
        on
            scoreboard.period_grain = periods.period_grain
            and scoreboard.period_start = periods.period_start
    inner join {{ ref('kpi_definitions') }} as definitions
        on scoreboard.kpi_id = definitions.kpi_id
    where
        scoreboard.period_grain in ('{{ grains | join("', '") }}')
        and scoreboard.dimension = 'overall'
        and scoreboard.value is not null
        and scoreboard.previous_value is not null
        and {{ why_not_split() }} is null

),

read_figures as (
    {% for side in ['period_start', 'previous_start'] %}
    {%- set is_now = side == 'period_start' %}
    select
        changes.kpi_id,
        changes.period_grain,
        changes.period_start,
        scoreboard.dimension,
        scoreboard.member,

        {{ 'coalesce(scoreboard.numerator, 0)' if is_now else '0e0' }} as numerator,
        {{ 'coalesce(scoreboard.denominator, 0)' if is_now else '0e0' }} as denominator,
        {{ '0e0' if is_now else 'coalesce(scoreboard.numerator, 0)' }} as previous_numerator,
        {{ '0e0' if is_now else 'coalesce(scoreboard.denominator, 0)' }} as previous_denominator

    from changes
    inner join {{ ref('kpi_scoreboard') }} as scoreboard
        on
            changes.kpi_id = scoreboard.kpi_id
            and changes.period_grain = scoreboard.period_grain
            and changes.{{ side }} = scoreboard.period_start
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Of each column one row has a value and the other 0, so that the sums are exact.
cells as (

    select
        read_figures.kpi_id,
        read_figures.period_grain,
        read_figures.period_start,
        read_figures.dimension,
        read_figures.member,

        sum(read_figures.numerator) as numerator,
        sum(read_figures.denominator) as denominator,
        sum(read_figures.previous_numerator) as previous_numerator,
        sum(read_figures.previous_denominator) as previous_denominator

    from read_figures
    group by
        read_figures.kpi_id,
        read_figures.period_grain,
        read_figures.period_start,
        read_figures.dimension,
        read_figures.member

),
{% set parts = ['numerator', 'denominator', 'previous_numerator', 'previous_denominator'] %}
told_by_members as (

    select
        cells.kpi_id,
        cells.period_grain,
        cells.period_start,
        cells.dimension
        {%- for part in parts %},
        sum(cast(cells.{{ part }} as decimal(38, 9))) as {{ part }}
        {%- endfor %}

    from cells
    where cells.dimension <> 'overall'
    group by
        cells.kpi_id,
        cells.period_grain,
        cells.period_start,
        cells.dimension

),

-- Of a dimension with many members only cells with something to divide by are told: what else there is belongs to none that is told.
rests as (

    select
        told.kpi_id,
        told.period_grain,
        told.period_start,
        told.dimension
        {%- for part in parts %},
        case
            when
                abs(overall.{{ part }} - cast(told.{{ part }} as {{ type_double() }}))
                > {{ tolerance }} * greatest(1e0, abs(overall.{{ part }}))
                then overall.{{ part }} - cast(told.{{ part }} as {{ type_double() }})
            else 0e0
        end as {{ part }}
        {%- endfor %}

    from told_by_members as told
    inner join cells as overall
        on
            told.kpi_id = overall.kpi_id
            and told.period_grain = overall.period_grain
            and told.period_start = overall.period_start
            and overall.dimension = 'overall'

),

member_parts as (
    {% for relation, member in [('cells', 'cells.member'), ('rests', "'not_told'")] %}
    select
        {{ relation }}.kpi_id,
        {{ relation }}.period_grain,
        {{ relation }}.period_start,
        {{ relation }}.dimension,
        {{ member }} as member
        {%- for part in parts %},
        {{ relation }}.{{ part }}
        {%- endfor %}

    from {{ relation }}
    where
        {{ relation }}.dimension <> 'overall'
        and (
            {%- for part in parts %}
            {{ relation }}.{{ part }} <> 0
            {{ 'or' if not loop.last }}
            {%- endfor %}
        )
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

rates_and_weights as (

    select
        parts.kpi_id,
        parts.period_grain,
        parts.period_start,
        changes.previous_start,
        parts.dimension,
        parts.member,

        changes.is_divided,

        changes.value as overall_value,
        changes.previous_value as previous_overall_value,
        case
            when changes.is_divided then {{ safe_divide('parts.numerator', 'parts.denominator') }}
            else parts.numerator
        end as value,
        case
            when changes.is_divided then {{ safe_divide('parts.previous_numerator', 'parts.previous_denominator') }}
            else parts.previous_numerator
        end as previous_value,
        case when changes.is_divided then {{ safe_divide('parts.denominator', 'overall.denominator') }} end as weight,
        case when changes.is_divided then {{ safe_divide('parts.previous_denominator', 'overall.previous_denominator') }} end
            as previous_weight,
        {{ safe_divide('parts.numerator', 'overall.denominator') }} as numerator_share,
        {{ safe_divide('parts.previous_numerator', 'overall.previous_denominator') }} as previous_numerator_share,
        case
            when changes.is_divided then abs(parts.denominator) + abs(parts.previous_denominator)
            else abs(parts.numerator) + abs(parts.previous_numerator)
        end as magnitude

    from member_parts as parts
    inner join changes
        on
            parts.kpi_id = changes.kpi_id
            and parts.period_grain = changes.period_grain
            and parts.period_start = changes.period_start
    inner join cells as overall
        on
            parts.kpi_id = overall.kpi_id
            and parts.period_grain = overall.period_grain
            and parts.period_start = overall.period_start
            and overall.dimension = 'overall'

),

-- Nine decimals are the same on every engine; a sum has six at most, as its measure has.
rounded_effects as (

    select
        members.kpi_id,
        members.period_grain,
        members.period_start,
        members.previous_start,
        members.dimension,
        members.member,

        members.value,
        members.previous_value,
        members.weight,
        members.previous_weight,
        case
            when members.is_divided
                then cast({{ rounded(
                    'members.numerator_share - members.previous_numerator_share'
                    ~ ' - (members.previous_overall_value + members.overall_value) / 2e0 * (members.weight - members.previous_weight)',
                    9
                ) }} as decimal(38, 9))
            else cast(cast(members.value - members.previous_value as decimal(38, 6)) as decimal(38, 9))
        end as contribution,
        case
            when members.is_divided
                then cast({{ rounded(
                    'coalesce((members.previous_weight + members.weight) / 2e0 * (members.value - members.previous_value), 0e0)', 9
                ) }} as decimal(38, 9))
        end as rate_effect,
        case
            when members.is_divided
                then cast({{ rounded('members.overall_value - members.previous_overall_value', 9) }} as decimal(38, 9))
            else cast(cast(members.overall_value - members.previous_overall_value as decimal(38, 6)) as decimal(38, 9))
        end as overall_change,
        row_number() over (
            partition by members.kpi_id, members.period_grain, members.period_start, members.dimension
            order by members.magnitude desc nulls last, members.member asc nulls last
        ) as magnitude_rank

    from rates_and_weights as members

),

-- The largest member takes what rounding left, so that nothing is left.
effects as (

    select
        rounded.kpi_id,
        rounded.period_grain,
        rounded.period_start,
        rounded.previous_start,
        rounded.dimension,
        rounded.member,

        rounded.value,
        rounded.previous_value,
        rounded.weight,
        rounded.previous_weight,
        cast(
            rounded.contribution
            + case
                when rounded.magnitude_rank = 1
                    then rounded.overall_change - sum(rounded.contribution) over (
                        partition by rounded.kpi_id, rounded.period_grain, rounded.period_start, rounded.dimension
                    )
                else 0
            end as decimal(38, 9)
        ) as contribution,
        rounded.rate_effect,
        rounded.overall_change

    from rounded_effects as rounded

)

select
    effects.kpi_id,
    effects.period_grain,
    effects.period_start,
    effects.dimension,
    effects.member,

    effects.value,
    effects.previous_value,
    effects.weight,
    effects.previous_weight,
    effects.contribution,
    effects.rate_effect,
    cast(effects.contribution - effects.rate_effect as decimal(38, 9)) as mix_effect,
    effects.overall_change,

    effects.previous_start

from effects
{{ built_from([compared_fingerprints(ref('kpi_scoreboard'), ['period_start', 'previous_start'], grains)]) }}
