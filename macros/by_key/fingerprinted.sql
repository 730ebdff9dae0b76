{#-
  A table of the keys there are with the fingerprints of all that their rows are made of: columns row_key, group_key (null where it is a group of its
  own), fingerprint. Beside it, the touched keys: those whose fingerprint is not the one they were last built from, those that were still open then
  (open_keys says in which model, and where) when as_of is another, and all that were or are of one group with them; keys that went are among them.

  Of the tables that it narrows the rows of touched keys are kept beside it, for all tables by key that read them.

  What the keys were built from is noted at the end of a build in which all tables by it were made (note_built_keys). After any other, every key is
  touched.
-#}
{% materialization fingerprinted, default %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set project = env_var('AFTERSALES_PROJECT_FINGERPRINT', '') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {{ drop_relation_if_exists(load_cached_relation(this)) }}
    {% call statement('main') -%}
        {{ create_table_as(False, target_relation, sql) }}
    {%- endcall %}
    {% call statement('touched') -%}
        create schema if not exists {{ working_schema() }};
        create or replace table {{ touched_keys(this.identifier) }} as
        {%- if project == '' or should_full_refresh() or not was_finished(project) %}
        select keys.row_key
        from {{ target_relation }} as keys

        union

        select built.row_key
        from {{ built_keys() }} as built
        where built.model = '{{ this.identifier }}'
        {%- else %}
        with

        changed as (

            select
                coalesce(keys.group_key, keys.row_key) as group_key,
                coalesce(built.group_key, built.row_key) as built_group_key
            from {{ target_relation }} as keys
            full outer join (
                select built.row_key, built.group_key, built.fingerprint, built.is_open
                from {{ built_keys() }} as built
                where built.model = '{{ this.identifier }}'
            ) as built
                on keys.row_key = built.row_key
            where
                keys.fingerprint is distinct from built.fingerprint
                or keys.group_key is distinct from built.group_key
                {{ 'or built.is_open' if has_as_of_moved() }}

        ),

        touched_groups as (

            select changed.group_key
            from changed
            where changed.group_key is not null

            union

            select changed.built_group_key as group_key
            from changed
            where changed.built_group_key is not null

        )

        select keys.row_key
        from {{ target_relation }} as keys
        where coalesce(keys.group_key, keys.row_key) in (select touched_groups.group_key from touched_groups)

        union

        select built.row_key
        from {{ built_keys() }} as built
        where
            built.model = '{{ this.identifier }}'
            and coalesce(built.group_key, built.row_key) in (select touched_groups.group_key from touched_groups)
        {%- endif %}
    {%- endcall %}
    {%- if not is_every_key_touched(this.identifier) -%}
        {%- set key = 'kept.' ~ config.require('key') -%}
        {%- for name in config.get('narrows', []) -%}
            {%- set relation = graph.nodes['model.aftersales.' ~ name].relation_name -%}
            {% call statement('narrowed') -%}
                create or replace table {{ narrowed_table(this.identifier, name) }} as
                select kept.*
                from {{ relation }} as kept
                where {{ is_touched(key, this.identifier) }}

                union all

                select kept.*
                from {{ relation }} as kept
                where {{ key }} is null
            {%- endcall %}
        {%- endfor -%}
    {%- endif %}

    {{ return(commit_with_hooks(target_relation)) }}
{% endmaterialization %}

{#- Where no build is remembered nobody reads fingerprints. -#}
{% materialization fingerprinted, adapter='spark' %}
    {{ return(materialization_view_spark()) }}
{% endmaterialization %}
