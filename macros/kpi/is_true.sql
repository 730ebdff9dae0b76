{#- Reads a flag whether it is a boolean or 0/1. -#}
{% macro is_true(flag) -%}
    cast({{ flag }} as {{ type_integer() }}) = 1
{%- endmacro %}
