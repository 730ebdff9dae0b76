{% macro type_double() -%}
    {{ return(adapter.dispatch('type_double', 'aftersales')()) }}
{%- endmacro %}

{% macro default__type_double() -%}
    {{ return('double') }}
{%- endmacro %}

{% macro spark__type_double() -%}
    {{ return('double') }}
{%- endmacro %}
