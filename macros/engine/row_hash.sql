{#- A hash of several values in their order, null being a value of its own. Never of doubles: the same number may have two forms. -#}
{% macro row_hash(values) -%}
    {{ adapter.dispatch('row_hash', 'aftersales')(values) }}
{%- endmacro %}

{% macro default__row_hash(values) -%}
    hash({{ values | join(', ') }})
{%- endmacro %}

{% macro spark__row_hash(values) -%}
    xxhash64({% for value in values %}({{ value }}) is null, {{ value }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
