{% macro json_elements(list) -%}
    {{ adapter.dispatch('json_elements', 'aftersales')(list) }}
{%- endmacro %}

{% macro default__json_elements(list) -%}
    unnest(from_json({{ list }}, '["VARCHAR"]'))
{%- endmacro %}

{% macro spark__json_elements(list) -%}
    explode(from_json({{ list }}, 'array<string>'))
{%- endmacro %}
