-- Can a KPI be told from what was delivered, and if not, what is missing? Every defined KPI has its row, also one that no mart
-- computes yet.
with

missing_entities as (

    select
        definitions.kpi_id,
        {{ sorted_text_list('entities.entity', ', ') }} as missing_entities

    from {{ ref('kpi_definitions') }} as definitions
    inner join {{ ref('int_entities__counted') }} as entities
        on ' ' || definitions.needed_entities || ' ' like '% ' || entities.entity || ' %'
    where entities.row_count = 0
    group by definitions.kpi_id

),

told_kpis as (

    select
        scoreboard.kpi_id,

        count(scoreboard.value) as value_count,
        min(case when scoreboard.n > 0 then scoreboard.period_start end) as first_period_start,
        max(case when scoreboard.n > 0 then scoreboard.period_start end) as last_period_start

    from {{ ref('kpi_scoreboard') }} as scoreboard
    where scoreboard.period_grain = 'day' and scoreboard.dimension = 'overall'
    group by scoreboard.kpi_id

)

select
    definitions.kpi_id,
    definitions.family,

    definitions.name_en as kpi_name_en,
    definitions.name_zh as kpi_name_zh,
    definitions.unit,
    definitions.good_direction,
    definitions.date_basis,
    definitions.numerator,
    definitions.denominator,
    definitions.interval,
    definitions.formula_en,
    definitions.formula_zh,
    definitions.source,
    case
        when told_kpis.kpi_id is null then 'not_computed'
        when missing_entities.kpi_id is not null then 'feed_without_rows'
        when told_kpis.last_period_start is null then 'no_case'
        else 'available'
    end as coverage,
    case
        when told_kpis.kpi_id is null then 'No mart computes it yet.'
        when missing_entities.kpi_id is not null then 'No rows of: ' || missing_entities.missing_entities || '.'
        when told_kpis.last_period_start is null then 'Its feeds have rows, but none of them is a case of it.'
    end as why_empty,
    missing_entities.missing_entities,
    {{ why_not_split() }} as why_not_split,

    coalesce(told_kpis.last_period_start is not null and missing_entities.kpi_id is null, false) as is_available,
    definitions.adds_up_over_members,
    definitions.adds_up_over_days,

    definitions.headline_place,
    definitions.divisor,
    definitions.scale,
    definitions.lowest,
    definitions.highest,
    coalesce(told_kpis.value_count, 0) as day_count,

    told_kpis.first_period_start as first_day_on,
    told_kpis.last_period_start as last_day_on

from {{ ref('kpi_definitions') }} as definitions
left join told_kpis
    on definitions.kpi_id = told_kpis.kpi_id
left join missing_entities
    on definitions.kpi_id = missing_entities.kpi_id
