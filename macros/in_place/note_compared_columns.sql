{#-
  Whether a model has the columns of its contract follows from the project. Of a project that once built all of its models it is not asked again: dbt
  has DuckDB plan each of them for it a second time.
-#}
{% macro duckdb__get_assert_columns_equivalent(sql) -%}
    {%- set project = env_var('AFTERSALES_PROJECT_FINGERPRINT', '') -%}
    {%- set compared = "select count(*) from " ~ builds() ~ " where columns_of = '" ~ project ~ "'" -%}
    {%- if project == '' or should_full_refresh() or asked_once(compared) == 0 -%}
        {{ return(assert_columns_equivalent(sql)) }}
    {%- endif -%}
{%- endmacro %}

{#- At the end of a run that built every model: of which project that was. -#}
{% macro note_compared_columns(results) -%}
    {%- set project = env_var('AFTERSALES_PROJECT_FINGERPRINT', '') -%}
    {%- if execute and project and remembers_builds() -%}
    {%- set built = results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list -%}
    {%- if graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | rejectattr('unique_id', 'in', built) | list | length == 0 -%}
    update {{ builds() }} set columns_of = '{{ project }}'
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}
