{#- What the parts of by_part models were last written with. -#}
{% macro built_parts() -%}
    {{ working_schema() }}.built_parts
{%- endmacro %}
