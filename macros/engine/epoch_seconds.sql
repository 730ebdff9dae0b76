{% macro epoch_seconds(moment) -%}
    {{ adapter.dispatch('epoch_seconds', 'aftersales')(moment) }}
{%- endmacro %}

{% macro default__epoch_seconds(moment) -%}
    cast(floor(epoch_us(cast({{ moment }} as timestamp)) / 1000000) as bigint)
{%- endmacro %}

{% macro spark__epoch_seconds(moment) -%}
    unix_seconds(cast({{ moment }} as timestamp))
{%- endmacro %}
