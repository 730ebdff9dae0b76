{% macro type_integer() -%}
    {{ return(adapter.dispatch('type_integer', 'aftersales')()) }}
{%- endmacro %}

{% macro default__type_integer() -%}
    {{ return('bigint') }}
{%- endmacro %}

{% macro spark__type_integer() -%}
    {{ return('bigint') }}
{%- endmacro %}
