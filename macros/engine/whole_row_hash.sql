{#- A hash of all columns of a row, null being a value of its own; `name` is what the table is called in the query. -#}
{% macro whole_row_hash(name) -%}
    {{ adapter.dispatch('whole_row_hash', 'aftersales')(name) }}
{%- endmacro %}

{% macro default__whole_row_hash(name) -%}
    hash({{ name }})
{%- endmacro %}

{% macro spark__whole_row_hash(name) -%}
    xxhash64(to_json(struct({{ name }}.*), map('ignoreNullFields', 'false')))
{%- endmacro %}
