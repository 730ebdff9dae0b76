{% macro type_text() -%}
    {{ return(adapter.dispatch('type_text', 'aftersales')()) }}
{%- endmacro %}

{% macro default__type_text() -%}
    {{ return('varchar') }}
{%- endmacro %}

{% macro spark__type_text() -%}
    {{ return('string') }}
{%- endmacro %}
