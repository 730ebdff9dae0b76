{#- Dimensions with many members, which are rolled up from the month upwards only. -#}
{% macro kpi_detailed_dimensions() -%}
    {{ return(['merchant', 'agent', 'contact_reason']) }}
{%- endmacro %}
