{#- Seconds as minutes, or with 3600 as hours. -#}
{% macro kpi_minutes(seconds, divisor=60) -%}
    (cast({{ seconds }} as {{ type_double() }}) / {{ divisor }})
{%- endmacro %}
