{# Spark puts a CTE's query in the place of each of its names, so that a roll-up of twenty measures would be made hundreds of times: but not one
   that says something of chance. #}
{% macro calculated_once() -%}
    {{ adapter.dispatch('calculated_once', 'aftersales')() }}
{%- endmacro %}

{% macro default__calculated_once() -%}
    true
{%- endmacro %}

{% macro spark__calculated_once() -%}
    rand() >= 0
{%- endmacro %}
