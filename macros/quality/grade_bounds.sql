{#- The grades of a service-quality score with their names and half-open bounds: from_score <= score and score < to_score. -#}
{% macro grade_bounds() -%}
    (
        select
            grades.grade,
            grades.name_en,
            grades.name_zh,
            coalesce(grades.from_score, -1) as from_score,
            coalesce(lead(grades.from_score) over (order by grades.from_score asc nulls first), 101) as to_score
        from {{ ref('quality_grades') }} as grades
    )
{%- endmacro %}
