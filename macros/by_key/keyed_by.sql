{#- A model's config as a table by key: made anew for the keys whose fingerprints in `model_name` changed. -#}
{% macro keyed_by(model_name, key, is_view=false, reads_whole=[], is_key_optional=false, tells_before=[]) -%}
    {#- A unit test gives what a model reads, and knows nothing of the fingerprints. -#}
    {%- if model.resource_type != 'unit_test' -%}
        {%- do ref(model_name) -%}
    {%- endif -%}
    {{ config(materialized='by_key', by=model_name, key=key, is_view=is_view, reads_whole=reads_whole, is_key_optional=is_key_optional, tells_before=tells_before) }}
{%- endmacro %}
