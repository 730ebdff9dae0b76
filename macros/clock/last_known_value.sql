{#- The latest value of a column that is not null, over a window that ends with the current row. -#}
{% macro last_known_value(column) -%}
    {{ adapter.dispatch('last_known_value', 'aftersales')(column) }}
{%- endmacro %}

{% macro default__last_known_value(column) -%}
    last_value({{ column }} ignore nulls)
{%- endmacro %}

{% macro spark__last_known_value(column) -%}
    last_value({{ column }}, true)
{%- endmacro %}
