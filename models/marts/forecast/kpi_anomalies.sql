-- Was a day as its weekday usually is? Each KPI of each day, over everything, against the same weekday of the eight weeks before. What
-- varies with its size is compared by its root (counts) or its logarithm (times, money), so that one rule serves all.
-- noqa: disable=LT02
{% set notice, warning, critical = 4, 5, 6 -%}
{% set few_cases = 5 -%}
-- What a day may differ by of itself, as far as nothing else says more: on the scale of its figure.
{% set least_spreads = {'linear_score': 0.05, 'linear': 0.01, 'logarithm': 0.05, 'root': 0} -%}
{% set told_back = {
    'expected_value': 'figures.usual',
    'expected_low': '(figures.usual - ' ~ notice ~ ' * figures.spread)',
    'expected_high': '(figures.usual + ' ~ notice ~ ' * figures.spread)'
} -%}

with

-- Days that are not like their weekday: holidays and make-up workdays of the calendar that a source goes by.
special_days as (

    select distinct exceptions.exception_on as day_on

    from {{ ref('calendar_assignments') }} as assignments
    inner join {{ ref('business_calendars') }} as calendars
        on assignments.calendar_code = calendars.calendar_code
    inner join {{ ref('calendar_exceptions') }} as exceptions
        on
            calendars.exception_set = exceptions.exception_set
            and calendars.valid_from <= exceptions.exception_on
            and (calendars.valid_to is null or calendars.valid_to > exceptions.exception_on)
    where
        assignments.channel is null
        and assignments.source_system in (
            select members.member
            from {{ ref('measure_members') }} as members
            where members.dimension = 'source_system'
        )

),

whole_days as (

    select
        scoreboard.kpi_id,
        scoreboard.period_start as day_on,

        scoreboard.value,
        scoreboard.denominator,
        scoreboard.n,
        (scoreboard.upper - scoreboard.lower) / 2 / {{ interval_z() }}e0 as deviation_by_chance,
        definitions.lowest,
        definitions.highest,

        case
            when definitions.unit in ('per_100', 'per_1000') or (definitions.unit = 'count' and definitions.denominator is null) then 'root'
            when definitions.unit = 'score' then 'linear_score'
            when definitions.unit in ('ratio', 'points') then 'linear'
            else 'logarithm'
        end as scale,
        special_days.day_on is not null as is_special_day

    from {{ ref('kpi_scoreboard') }} as scoreboard
    inner join {{ ref('kpi_definitions') }} as definitions
        on scoreboard.kpi_id = definitions.kpi_id
    cross join {{ ref('int_as_of__resolved') }} as resolved
    left join special_days
        on scoreboard.period_start = special_days.day_on
    where
        scoreboard.period_grain = 'day'
        and scoreboard.dimension = 'overall'
        and scoreboard.is_whole_period
        and scoreboard.value is not null
        and scoreboard.period_start >= {{ add_days_to_date(business_date('resolved.as_of_at'), '-(' ~ var('anomaly_days') ~ ' + 62)') }}

),

-- In decimals, whose sums do not depend on the order of the rows.
scaled_days as (

    select
        figures.kpi_id,
        figures.day_on,

        figures.value,
        figures.n,
        figures.lowest,
        figures.highest,
        figures.scale,
        figures.is_special_day,

        cast(
            case figures.scale
                when 'root' then sqrt(greatest(0, figures.value))
                when 'logarithm' then sign(figures.value) * ln(1 + abs(figures.value))
                else figures.value
            end as decimal(18, 6)
        ) as scaled,
        case figures.scale
            when 'root' then 0.5 / sqrt(coalesce(nullif(figures.denominator, 0), 1))
            when 'logarithm' then coalesce(figures.deviation_by_chance, 0) / (1 + abs(figures.value))
            else coalesce(figures.deviation_by_chance, 0)
        end as chance

    from whole_days as figures

),

judged_days as (

    select
        figures.kpi_id,
        figures.day_on,

        figures.value,
        figures.n,
        figures.lowest,
        figures.highest,
        figures.scale,
        figures.is_special_day,
        cast(figures.scaled as {{ type_double() }}) as scaled,
        figures.chance,

        count(*) as baseline_week_count,
        percentile_cont(0.5) within group (order by cast(earlier.scaled as {{ type_double() }}) asc nulls last) as usual,
        cast(sum(earlier.scaled) as {{ type_double() }}) as scaled_sum,
        cast(sum(earlier.scaled * earlier.scaled) as {{ type_double() }}) as scaled_squares

    from scaled_days as figures
    cross join {{ ref('int_as_of__resolved') }} as resolved
    inner join scaled_days as earlier
        on
            figures.kpi_id = earlier.kpi_id
            and earlier.day_on in (
                {%- for week in range(1, 9) %}
                {{ add_days_to_date('figures.day_on', -7 * week) }}{{ ',' if not loop.last }}
                {%- endfor %}
            )
            and not earlier.is_special_day
    where figures.day_on >= {{ add_days_to_date(business_date('resolved.as_of_at'), '-(' ~ var('anomaly_days') ~ ' + 6)') }}
    group by
        figures.kpi_id,
        figures.day_on,
        figures.value,
        figures.n,
        figures.lowest,
        figures.highest,
        figures.scale,
        figures.is_special_day,
        figures.scaled,
        figures.chance
    having count(*) >= 6

),

-- How far apart the figures of each of the last seven weekdays were, each over its own eight weeks. The one in the middle: a single
-- campaign does not make all weekdays after it look usual.
weekday_deviations as (

    select
        figures.kpi_id,
        figures.day_on,

        percentile_cont(0.5) within group (
            order by
                sqrt(
                    greatest(
                        0,
                        weekdays.scaled_squares
                        - weekdays.scaled_sum * weekdays.scaled_sum / weekdays.baseline_week_count
                    )
                    / (weekdays.baseline_week_count - 1)
                ) asc nulls last
        ) as deviation

    from judged_days as figures
    inner join judged_days as weekdays
        on
            figures.kpi_id = weekdays.kpi_id
            and figures.day_on >= weekdays.day_on
            and {{ add_days_to_date('figures.day_on', -7) }} < weekdays.day_on
    group by
        figures.kpi_id,
        figures.day_on

),

measured_days as (

    select
        figures.kpi_id,
        figures.day_on,

        figures.value,
        figures.n,
        figures.lowest,
        figures.highest,
        figures.scale,
        figures.is_special_day,
        figures.scaled,
        figures.baseline_week_count,
        figures.usual,
        weekday_deviations.deviation < 1e-9 and figures.chance = 0 as is_constant,
        figures.n < {{ few_cases }} and figures.scale <> 'root' as is_of_few_cases,

        greatest(
            weekday_deviations.deviation,
            figures.chance,
            case figures.scale
                {%- for scale, least in least_spreads.items() %}
                when '{{ scale }}' then {{ least }}
                {%- endfor %}
            end
        ) as spread

    from judged_days as figures
    cross join {{ ref('int_as_of__resolved') }} as resolved
    inner join weekday_deviations
        on
            figures.kpi_id = weekday_deviations.kpi_id
            and figures.day_on = weekday_deviations.day_on
    where figures.day_on >= {{ add_days_to_date(business_date('resolved.as_of_at'), '-' ~ var('anomaly_days')) }}

),

told_days as (

    select
        figures.kpi_id,
        figures.day_on,

        figures.is_special_day,
        figures.is_constant,
        figures.is_of_few_cases,
        figures.value,
        figures.n,
        figures.baseline_week_count,

        (figures.scaled - figures.usual) / figures.spread as deviation,
        {%- for name, scaled in told_back.items() %}
        least(
            greatest(
                case figures.scale
                    when 'root' then greatest(0, {{ scaled }}) * greatest(0, {{ scaled }})
                    when 'logarithm' then sign({{ scaled }}) * (exp(abs({{ scaled }})) - 1)
                    else {{ scaled }}
                end,
                figures.lowest
            ),
            figures.highest
        ) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}

    from measured_days as figures

)

select
    figures.kpi_id,
    figures.day_on,

    definitions.name_en as kpi_name_en,
    definitions.name_zh as kpi_name_zh,
    definitions.unit,
    case
        when abs(figures.deviation) < {{ notice }} then 'normal'
        when abs(figures.deviation) < {{ warning }} or figures.is_special_day or figures.is_constant or figures.is_of_few_cases
            then 'notice'
        when abs(figures.deviation) < {{ critical }} then 'warning'
        else 'critical'
    end as alert_level,
    case
        when abs(figures.deviation) < {{ notice }} then 'within {{ notice }} spreads of its weekday'
        when figures.is_special_day then 'beyond {{ notice }} spreads on a special day: at most a notice'
        when figures.is_constant then 'other than on all of its weekdays: at most a notice'
        when figures.is_of_few_cases then 'beyond {{ notice }} spreads of fewer than {{ few_cases }} cases: at most a notice'
        when abs(figures.deviation) < {{ warning }} then 'beyond {{ notice }} spreads of its weekday'
        when abs(figures.deviation) < {{ critical }} then 'beyond {{ warning }} spreads of its weekday'
        else 'beyond {{ critical }} spreads of its weekday'
    end as alert_rule,
    case when figures.deviation < 0 then 'below' else 'above' end as side,
    figures.is_special_day,

    figures.value,
    figures.n,
    -- The last bits of exp are those of the engine's library; nine places of a figure of four digits and more would tell them.
    {%- for name in told_back %}
    case
        when abs(figures.{{ name }}) < 1e3 then {{ rounded('figures.' ~ name, 9) }}
        when abs(figures.{{ name }}) < 1e12 then {{ rounded('figures.' ~ name, 2) }}
        else figures.{{ name }}
    end as {{ name }},
    {%- endfor %}
    figures.deviation,
    figures.baseline_week_count

from told_days as figures
inner join {{ ref('kpi_definitions') }} as definitions
    on figures.kpi_id = definitions.kpi_id
