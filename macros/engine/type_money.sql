{% macro type_money() -%}
    {{ return(adapter.dispatch('type_money', 'aftersales')()) }}
{%- endmacro %}

{% macro default__type_money() -%}
    {{ return('decimal(18, 2)') }}
{%- endmacro %}

{% macro spark__type_money() -%}
    {{ return('decimal(18, 2)') }}
{%- endmacro %}
