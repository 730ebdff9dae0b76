{#- What one build leaves for the next model of it: the rows of by_key models that it made anew, and which keys those are. -#}
{% macro working_schema() -%}
    working
{%- endmacro %}

{% macro working_table(name) -%}
    {{ working_schema() }}.{{ name }}
{%- endmacro %}

{#- The rows of touched keys, and without a key, of a table that a fingerprinted model narrows. -#}
{% macro narrowed_table(by, name) -%}
    {{ working_table(by ~ '__' ~ name) }}
{%- endmacro %}
