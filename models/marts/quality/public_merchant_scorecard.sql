-- What may a consumer be shown of a merchant's service? The grade and rounded scores of the newest whole month, of merchants with enough
-- tickets: no counts, places, people or what is done about it.
-- noqa: disable=LT02
{% set dimensions = {
    'response_speed': 'response_band', 'problem_solving': 'resolution', 'attitude': 'attitude', 'communication': 'communication',
    'follow_up': 'follow_up'
} -%}
{% set names = [] -%}
{% for measure in dimensions.values() -%}
    {% do names.append(measure ~ '_score') -%}
{% endfor -%}

with

newest_months as (

    select max(actions.month_on) as month_on

    from {{ ref('kpi_merchant_actions') }} as actions

),

scores as (

    {{ measures_side_by_side(
        "(select measures.measure, measures.period_grain, measures.period_start, measures.dimension, measures.member, measures.total,"
        ~ " measures.squares, measures.n, measures.quantile from " ~ ref('measure_tickets') ~ " as measures"
        ~ " where measures.period_grain = 'month' and measures.dimension = 'merchant')",
        names, is_touched=false
    ) }}

)

select
    newest_months.month_on,
    merchants.merchant_key,

    merchants.merchant_name,
    merchants.category,
    actions.quality_grade,
    grades.name_en as grade_name_en,
    grades.name_zh as grade_name_zh,

    {{ rounded('actions.shrunk_score', 1) }} as quality_score
    {%- for dimension, measure in dimensions.items() %},
    case
        when scores.{{ measure }}_score_n >= {{ var('minimum_sample') }}
            then {{ rounded(safe_divide('scores.' ~ measure ~ '_score_total', 'scores.' ~ measure ~ '_score_n'), 1) }}
    end as {{ dimension }}_score
    {%- endfor %}

from newest_months
inner join {{ ref('kpi_merchant_actions') }} as actions
    on newest_months.month_on = actions.month_on
inner join {{ ref('dim_merchants') }} as merchants
    on actions.merchant_key = merchants.merchant_key
inner join {{ ref('quality_grades') }} as grades
    on actions.quality_grade = grades.grade
left join scores
    on
        newest_months.month_on = scores.period_start
        and actions.merchant_key = scores.member
where actions.action_reason <> 'too_few_tickets'
