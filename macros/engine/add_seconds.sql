{% macro add_seconds(moment, number) -%}
    {{ add_microseconds(moment, 'cast(' ~ number ~ ' as bigint) * 1000000') }}
{%- endmacro %}
