{% macro type_boolean() -%}
    {{ return(adapter.dispatch('type_boolean', 'aftersales')()) }}
{%- endmacro %}

{% macro default__type_boolean() -%}
    {{ return('boolean') }}
{%- endmacro %}

{% macro spark__type_boolean() -%}
    {{ return('boolean') }}
{%- endmacro %}
