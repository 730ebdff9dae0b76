{# The key is an expression: which field of an object is asked for may be a value of another table. #}
{% macro json_text(object, key) -%}
    {{ adapter.dispatch('json_text', 'aftersales')(object, key) }}
{%- endmacro %}

{% macro default__json_text(object, key) -%}
    json_extract_string({{ object }}, '/' || replace(replace({{ key }}, '~', '~0'), '/', '~1'))
{%- endmacro %}

{% macro spark__json_text(object, key) -%}
    element_at(from_json({{ object }}, 'map<string, string>'), {{ key }})
{%- endmacro %}
