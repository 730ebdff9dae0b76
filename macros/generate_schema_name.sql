{# A schema is named for its layer alone (`core`, not `main_core`): the folder says it, in every environment alike. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
