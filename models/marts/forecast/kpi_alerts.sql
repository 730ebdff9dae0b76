-- Which KPIs are off now, since when, and which member drives it? An alert is open while the newest day judged is off; it began with the
-- first of the judged days in a row that were off on the same side.
-- noqa: disable=LT02
{% set unusual_part = 'contributions.member_change / contributions.whole_change - coalesce(contributions.usual_part, 0)' -%}

with

newest_days as (

    select
        anomalies.kpi_id,

        max(anomalies.day_on) as day_on

    from {{ ref('kpi_anomalies') }} as anomalies
    group by anomalies.kpi_id

),

-- A KPI without a figure for a week is not off any more: nobody knows.
open_days as (

    select
        anomalies.kpi_id,
        anomalies.day_on,
        anomalies.side,

        definitions.good_direction,
        definitions.adds_up_over_members,
        definitions.denominator is not null as is_divided

    from {{ ref('kpi_anomalies') }} as anomalies
    inner join newest_days
        on
            anomalies.kpi_id = newest_days.kpi_id
            and anomalies.day_on = newest_days.day_on
    inner join {{ ref('kpi_definitions') }} as definitions
        on anomalies.kpi_id = definitions.kpi_id
    cross join {{ ref('int_as_of__resolved') }} as resolved
    where
        anomalies.alert_level <> 'normal'
        and anomalies.day_on >= {{ add_days_to_date(business_date('resolved.as_of_at'), '-(definitions.settles_after_days + 7)') }}

),

days_otherwise as (

    select
        open_days.kpi_id,

        max(anomalies.day_on) as day_on

    from open_days
    inner join {{ ref('kpi_anomalies') }} as anomalies
        on
            open_days.kpi_id = anomalies.kpi_id
            and (anomalies.alert_level = 'normal' or open_days.side <> anomalies.side)
    group by open_days.kpi_id

),

runs as (

    select
        open_days.kpi_id,

        min(anomalies.day_on) as open_since,
        count(*) as open_day_count

    from open_days
    inner join {{ ref('kpi_anomalies') }} as anomalies
        on open_days.kpi_id = anomalies.kpi_id
    left join days_otherwise
        on open_days.kpi_id = days_otherwise.kpi_id
    where days_otherwise.day_on is null or anomalies.day_on > days_otherwise.day_on
    group by open_days.kpi_id

),

-- The parts of the day, and of the same weekday in the eight weeks before, of whatever adds up over members.
parts as (

    select
        open_days.kpi_id,
        open_days.side,
        open_days.is_divided,
        scoreboard.dimension,
        scoreboard.member,

        sum(case when scoreboard.period_start = open_days.day_on then scoreboard.numerator end) as numerator,
        sum(case when scoreboard.period_start = open_days.day_on then scoreboard.denominator end) as denominator,
        sum(case when scoreboard.period_start < open_days.day_on then scoreboard.numerator end) as numerators_before,
        sum(case when scoreboard.period_start < open_days.day_on then scoreboard.denominator end) as denominators_before,
        cast(count(distinct case when scoreboard.period_start < open_days.day_on then scoreboard.period_start end) as {{ type_double() }})
            as day_count_before

    from open_days
    inner join {{ ref('kpi_scoreboard') }} as scoreboard
        on
            open_days.kpi_id = scoreboard.kpi_id
            and scoreboard.period_start in (
                {%- for week in range(9) %}
                {{ add_days_to_date('open_days.day_on', -7 * week) }}{{ ',' if not loop.last }}
                {%- endfor %}
            )
    where
        scoreboard.period_grain = 'day'
        and open_days.adds_up_over_members
    group by
        open_days.kpi_id,
        open_days.side,
        open_days.is_divided,
        scoreboard.dimension,
        scoreboard.member

),

-- A day's part against a mean day's: N0, D0 before, N1, D1 now.
compared_parts as (

    select
        members.kpi_id,
        members.side,
        members.is_divided,
        members.dimension,
        members.member,

        coalesce(members.numerator, 0) as n1,
        coalesce(members.denominator, 0) as d1,
        coalesce(members.numerators_before, 0) / overall.day_count_before as n0,
        coalesce(members.denominators_before, 0) / overall.day_count_before as d0,
        coalesce(overall.numerator, 0) as all_n1,
        nullif(coalesce(overall.denominator, 0), 0) as all_d1,
        coalesce(overall.numerators_before, 0) / overall.day_count_before as all_n0,
        nullif(coalesce(overall.denominators_before, 0), 0) / overall.day_count_before as all_d0

    from parts as members
    inner join parts as overall
        on
            members.kpi_id = overall.kpi_id
            and overall.dimension = 'overall'
            and overall.day_count_before > 0
    where members.dimension <> 'overall'

),

-- A share's change is split as in the contributions to a month: rate and mix of a member together.
contributions as (

    select
        parts.kpi_id,
        parts.side,
        parts.dimension,
        parts.member,

        case
            when parts.is_divided
                then
                    parts.n1 / parts.all_d1 - parts.n0 / parts.all_d0
                    - (parts.all_n0 / parts.all_d0 + parts.all_n1 / parts.all_d1) / 2 * (parts.d1 / parts.all_d1 - parts.d0 / parts.all_d0)
            else parts.n1 - parts.n0
        end as member_change,
        case
            when parts.is_divided then parts.all_n1 / parts.all_d1 - parts.all_n0 / parts.all_d0
            else parts.all_n1 - parts.all_n0
        end as whole_change,
        case
            when parts.is_divided then parts.d0 / parts.all_d0
            else parts.n0 / nullif(parts.all_n0, 0)
        end as usual_part

    from compared_parts as parts

),

-- The member whose part of the change is most above its part of the whole: under a dimension with one member nobody stands out. Whatever
-- nobody knows the member of is nobody to go to.
ranked_members as (

    select
        contributions.kpi_id,
        contributions.dimension,
        contributions.member,

        contributions.member_change,
        contributions.member_change / contributions.whole_change as part_of_change,
        row_number() over (
            partition by contributions.kpi_id
            order by
                {{ rounded(unusual_part, 9) }} desc nulls last,
                contributions.dimension asc nulls last,
                contributions.member asc nulls last
        ) as place

    from contributions
    where
        contributions.whole_change <> 0
        and contributions.member <> 'unknown'
        and (contributions.whole_change < 0) = (contributions.side = 'below')
        and contributions.member_change / contributions.whole_change - coalesce(contributions.usual_part, 0) >= 0.2

)

select
    anomalies.kpi_id,

    anomalies.kpi_name_en,
    anomalies.kpi_name_zh,
    anomalies.unit,
    anomalies.alert_level,
    anomalies.alert_rule,
    anomalies.side,
    case open_days.good_direction
        when 'up' then anomalies.side = 'below'
        when 'down' then anomalies.side = 'above'
    end as is_worse,
    drivers.dimension as driver_dimension,
    drivers.member as driver_member,

    anomalies.value,
    anomalies.expected_value,
    anomalies.expected_low,
    anomalies.expected_high,
    anomalies.deviation,
    {{ rounded('drivers.member_change', 9) }} as driver_change,
    {{ rounded('drivers.part_of_change', 9) }} as driver_part,
    runs.open_day_count,

    runs.open_since,
    anomalies.day_on as last_judged_on

from {{ ref('kpi_anomalies') }} as anomalies
inner join open_days
    on
        anomalies.kpi_id = open_days.kpi_id
        and anomalies.day_on = open_days.day_on
inner join runs
    on anomalies.kpi_id = runs.kpi_id
left join ranked_members as drivers
    on
        anomalies.kpi_id = drivers.kpi_id
        and drivers.place = 1
