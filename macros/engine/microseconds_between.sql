{# The one exact measure of time between two moments; seconds, minutes and hours are this divided. #}
{% macro microseconds_between(earlier, later) -%}
    {{ adapter.dispatch('microseconds_between', 'aftersales')(earlier, later) }}
{%- endmacro %}

{% macro default__microseconds_between(earlier, later) -%}
    (epoch_us(cast({{ later }} as timestamp)) - epoch_us(cast({{ earlier }} as timestamp)))
{%- endmacro %}

{% macro spark__microseconds_between(earlier, later) -%}
    (unix_micros(cast({{ later }} as timestamp)) - unix_micros(cast({{ earlier }} as timestamp)))
{%- endmacro %}
