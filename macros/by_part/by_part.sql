{#-
  A table that is made anew only in the parts whose rows changed: for what is cheap to read and dear to write, such as the union of sources.

  Config: part, an expression over the columns, such as the day of a moment, or a hash of the key where rows have none. All rows are read and hashed
  each time; of a part with another number of rows or another sum of their hashes than it was last written with, all rows are replaced. So nothing has
  to be known of what a row is made of. What the parts were written with is noted in the same transaction. Everything is written anew after a run that
  did not come to its end, of another project, or of nobody knows which (was_finished).
-#}
{% materialization by_part, default %}
    {%- set part = "coalesce(cast(" ~ config.require('part') ~ " as " ~ type_text() ~ "), '')" -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set project = env_var('AFTERSALES_PROJECT_FINGERPRINT', '') -%}
    {%- set is_whole = existing_relation is none or not existing_relation.is_table or project == '' or should_full_refresh() or not was_finished(project) -%}
    {%- set rows = target_relation if is_whole else '(\n' ~ sql ~ '\n)' -%}
    {%- set is_noted = "model = '" ~ this.identifier ~ "'" -%}
    {%- set are_touched = ' in (select touched.part from touched_parts as touched)' -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if is_whole -%}
        {{ drop_relation_if_exists(existing_relation) }}
        {% call statement('main') -%}
            {{ create_table_as(False, target_relation, sql) }}
        {%- endcall %}
    {%- endif %}

    {% call statement('parts') -%}
        create schema if not exists {{ working_schema() }};
        create table if not exists {{ built_parts() }} (model {{ type_text() }}, part {{ type_text() }}, fingerprint {{ type_text() }});
        create or replace temporary table found_parts as
        select
            {{ part }} as part,
            {{ contents_of('made') }} as fingerprint
        from {{ rows }} as made
        group by {{ part }};
        create or replace temporary table touched_parts as
        select coalesce(found.part, built.part) as part
        from found_parts as found
        full outer join (
            select built.part, built.fingerprint
            from {{ built_parts() }} as built
            where built.{{ is_noted }}
        ) as built
            on found.part = built.part
        where found.fingerprint is distinct from built.fingerprint
    {%- endcall %}

    {% if not is_whole -%}
        {% call statement('main') -%}
            delete from {{ target_relation }}
            where {{ part }}{{ are_touched }};
            insert into {{ target_relation }} by name
            select made.*
            from {{ rows }} as made
            where {{ part }}{{ are_touched }}
        {%- endcall %}
    {%- endif %}

    {% call statement('built_parts') -%}
        delete from {{ built_parts() }}
        where {{ is_noted }} and part{{ are_touched }};
        insert into {{ built_parts() }} (model, part, fingerprint)
        select '{{ this.identifier }}' as model, found.part, found.fingerprint
        from found_parts as found
        where found.part{{ are_touched }}
    {%- endcall %}

    {{ return(commit_with_hooks(target_relation)) }}
{% endmaterialization %}

{#- Where rows cannot be replaced: the whole table each time. -#}
{% materialization by_part, adapter='spark' %}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}
