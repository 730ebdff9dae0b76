{% macro type_date() -%}
    {{ return(adapter.dispatch('type_date', 'aftersales')()) }}
{%- endmacro %}

{% macro default__type_date() -%}
    {{ return('date') }}
{%- endmacro %}

{% macro spark__type_date() -%}
    {{ return('date') }}
{%- endmacro %}
