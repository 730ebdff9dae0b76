{% macro seconds_between(earlier, later) -%}
    (cast({{ microseconds_between(earlier, later) }} as {{ type_double() }}) / 1000000)
{%- endmacro %}
