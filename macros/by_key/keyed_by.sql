{#- A model's config as a table by key: made anew for the keys whose fingerprints in `model_name` changed. -#}
{% macro keyed_by(model_name, key, is_view=false) -%}
    {%- do ref(model_name) -%}
    {{ config(materialized='by_key', by=model_name, key=key, is_view=is_view) }}
{%- endmacro %}
