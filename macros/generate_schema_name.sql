{#-
  A relation's schema is the folder it lies in: a mart's own folder (`core`, `efficiency`), else the layer (`staging`, `intermediate`, `reference`).
  So a new family needs no line in dbt_project.yml.
-#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set folders = node.fqn[1:-1] if node and node.resource_type in ('model', 'seed') else [] -%}
    {%- if folders | length > 1 and folders[0] == 'marts' -%}
        {{ folders[1] }}
    {%- elif folders -%}
        {{ folders[0] }}
    {%- else -%}
        {{ (custom_schema_name or target.schema) | trim }}
    {%- endif -%}
{%- endmacro %}
