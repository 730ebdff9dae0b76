{#- The measures of several selects (names of CTEs), as the rows of a measure table. -#}
{% macro union_of_measures(selects) -%}
    {%- for name in selects %}
select
    {{ name }}.measure,
    {{ name }}.period_grain,
    {{ name }}.period_start,
    {{ name }}.dimension,
    {{ name }}.member,

    {{ name }}.total,
    {{ name }}.squares,
    {{ name }}.n,
    {{ name }}.quantile

from {{ name }}
{{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
