{#-
  Measures of one table as columns, one row per cell that any of them has: <measure>_total, <measure>_squares, <measure>_n and, of a quantile,
  <measure> itself. For the marts that stand beside a family; those that are not made by period say is_touched=false.
-#}
{% macro measures_side_by_side(measures, names, is_touched=true) -%}
    select
        measures.period_grain,
        measures.period_start,
        measures.dimension,
        measures.member
        {%- for name in names %},
        {%- set this = "filter (where measures.measure = '" ~ name ~ "')" %}
        max(measures.total) {{ this }} as {{ name }}_total,
        max(measures.squares) {{ this }} as {{ name }}_squares,
        coalesce(max(measures.n) {{ this }}, 0) as {{ name }}_n,
        max(measures.quantile) {{ this }} as {{ name }}
        {%- endfor %}

    from {{ in_touched_periods(measures, 'measures') if is_touched else measures ~ ' as measures' }}
    where measures.measure in ('{{ names | join("', '") }}')
    group by
        measures.period_grain,
        measures.period_start,
        measures.dimension,
        measures.member
{%- endmacro %}
