{#- What one build leaves for the next model of it: the rows of by_key models that it made anew, and which keys those are. -#}
{% macro working_schema() -%}
    working
{%- endmacro %}

{% macro working_table(name) -%}
    {{ working_schema() }}.{{ name }}
{%- endmacro %}
