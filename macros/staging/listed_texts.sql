{# A list that a variable holds, as SQL; one that is empty holds no value that anything has. #}
{% macro listed_texts(values) -%}
    {%- for value in values or [] -%}
        '{{ value | string | replace("'", "''") }}', {% endfor -%}
    null
{%- endmacro %}
