{% macro hours_between(earlier, later) -%}
    (cast({{ microseconds_between(earlier, later) }} as {{ type_double() }}) / 3600000000)
{%- endmacro %}
