{# The one exact addition to a moment, which seconds and days are made of: Spark's own ones drop fractions. #}
{% macro add_microseconds(moment, number) -%}
    {{ adapter.dispatch('add_microseconds', 'aftersales')(moment, number) }}
{%- endmacro %}

{% macro default__add_microseconds(moment, number) -%}
    (cast({{ moment }} as timestamp) + to_microseconds({{ number }}))
{%- endmacro %}

{% macro spark__add_microseconds(moment, number) -%}
    timestamp_micros(unix_micros(cast({{ moment }} as timestamp)) + {{ number }})
{%- endmacro %}
