{#-
  A table that orchestration fills after the build: dbt gives it its columns, which the model's YAML declares, and leaves its rows alone. It is made
  anew, and empty, where the columns are other ones and with a full refresh; whoever fills it sees by that that it is to be filled.
-#}
{% materialization written_later, default %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set existing_columns = [] -%}
    {%- if existing_relation is not none and existing_relation.is_table and not should_full_refresh() -%}
        {%- for column in adapter.get_columns_in_relation(existing_relation) -%}
            {%- do existing_columns.append(column.name) -%}
        {%- endfor -%}
    {%- endif -%}

    {{ run_hooks(pre_hooks) }}
    {{ get_assert_columns_equivalent(sql) }}
    {% if existing_columns != model.columns.keys() | list -%}
        {% if existing_relation is not none and not existing_relation.is_table -%}
            {{ drop_relation_if_exists(existing_relation) }}
        {%- endif %}
        {% call statement('main') -%}
            create or replace table {{ target_relation }} (
                {%- for column in model.columns.values() %}
                {{ column.name }} {{ column.data_type }}{{ ',' if not loop.last }}
                {%- endfor %}
            )
        {%- endcall %}
    {%- else -%}
        {% call statement('main') -%}
            select 1 as is_left_alone
        {%- endcall %}
    {%- endif %}
    {{ run_hooks(post_hooks) }}
    {% do persist_docs(target_relation, model) %}
    {{ adapter.commit() }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{#- Orchestration fills its own table of this name; here it is empty each time. -#}
{% materialization written_later, adapter='spark' %}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}
