{#- The dimensions with many members, as a list of literals. -#}
{% macro detailed_dimension_list() -%}
    '{{ kpi_detailed_dimensions() | join("', '") }}'
{%- endmacro %}
