{% macro to_local(moment, zone) -%}
    {{ adapter.dispatch('to_local', 'aftersales')(moment, zone) }}
{%- endmacro %}

{% macro default__to_local(moment, zone) -%}
    ((cast({{ moment }} as timestamp) at time zone 'UTC') at time zone {{ zone }})
{%- endmacro %}

{% macro spark__to_local(moment, zone) -%}
    from_utc_timestamp(cast({{ moment }} as timestamp), {{ zone }})
{%- endmacro %}
