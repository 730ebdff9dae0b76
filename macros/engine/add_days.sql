{% macro add_days(moment, number) -%}
    {{ add_microseconds(moment, 'cast(' ~ number ~ ' as bigint) * 86400000000') }}
{%- endmacro %}
