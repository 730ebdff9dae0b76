{% macro add_minutes(moment, number) -%}
    {{ add_microseconds(moment, 'cast(' ~ number ~ ' as bigint) * 60000000') }}
{%- endmacro %}
