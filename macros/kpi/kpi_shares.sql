{#-
  The ratio measures of one roll-up as rows: one per cell and measure, for parts of a whole such as the five scores. Cells without any case are
  left out. Columns: the cell, measure_id, case_count, total_count, share, lower, upper.
-#}
{% macro kpi_shares(rollup, measures) -%}
    {%- for measure in measures %}
    select
        {{ rollup }}.period_grain,
        {{ rollup }}.period_start,
        {{ rollup }}.dimension,
        {{ rollup }}.member,
        '{{ measure.id }}' as measure_id,
        cast({{ rollup }}.{{ measure.id }}_numerator as {{ type_integer() }}) as case_count,
        cast({{ rollup }}.{{ measure.id }}_denominator as {{ type_integer() }}) as total_count,
        {{ rollup }}.{{ measure.id }} as share,
        {{ rollup }}.{{ measure.id }}_lower as lower,
        {{ rollup }}.{{ measure.id }}_upper as upper

    from {{ rollup }}
    where {{ rollup }}.{{ measure.id }}_n > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
