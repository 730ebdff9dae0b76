{% macro minutes_between(earlier, later) -%}
    (cast({{ microseconds_between(earlier, later) }} as {{ type_double() }}) / 60000000)
{%- endmacro %}
