{% macro type_timestamp() -%}
    {{ return(adapter.dispatch('type_timestamp', 'aftersales')()) }}
{%- endmacro %}

{% macro default__type_timestamp() -%}
    {{ return('timestamp') }}
{%- endmacro %}

{% macro spark__type_timestamp() -%}
    {{ return('timestamp') }}
{%- endmacro %}
