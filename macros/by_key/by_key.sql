{#-
  A table whose rows belong to a key, such as a ticket, that is made anew only for the keys whose inputs changed.

  Config: key, the column; by, the model (materialized fingerprinted) that says which keys those are; is_view, for what only other tables by this
  key read: a view over everything, and on such a run a small table beside it; reads_whole, what a row reads rows of other keys of; is_key_optional,
  for rows that may have no key: those are made anew each time; tells_before, columns whose values in the rows that are replaced others ask for.

  Instead of being asked by another model, a table may say itself which keys are touched (touched_by): then it is made after those it follows, and
  narrows tells by which column each table that it reads is narrowed.

  The SQL is that of the whole table. What it reads of the key's tables is narrowed to the touched keys: of tables by the same fingerprints what
  was just made of them, of others the rows of those keys. So a row of a key may be made of rows of its own key in these tables and of whatever
  has no key; the fingerprint has to tell of the latter.
-#}
{% materialization by_key, default %}
    {%- set by = config.require('by') -%}
    {%- set key = config.require('key') -%}
    {%- set is_view = config.get('is_view', false) -%}
    {%- set is_optional = config.get('is_key_optional', false) -%}
    {%- set target_relation = this.incorporate(type='view' if is_view else 'table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set told = modules.re.search('/[*] touched keys:(.*?)[*]/', model['compiled_code'], modules.re.DOTALL) -%}
    {#- Whether what is made stands in a table of its own first: where others by this key, or what follows them, read it there. -#}
    {%- set readers = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | selectattr('config.by', 'defined')
        | selectattr('config.by', 'equalto', by) | map(attribute='depends_on.nodes') | sum(start=[]) -%}
    {%- set is_read = is_view or config.get('tells_before') or model.unique_id in readers -%}
    {%- set is_whole = existing_relation is none or existing_relation.type != target_relation.type or is_every_key_touched(by) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if is_whole -%}
        {{ drop_relation_if_exists(existing_relation) }}
        {% do log(this.identifier ~ ': every key made anew', info=true) %}
        {% call statement('main') -%}
            drop table if exists {{ working_table(this.identifier) }};
            {{ get_create_view_as_sql(target_relation, sql) if is_view else create_table_as(False, target_relation, sql) }}
        {%- endcall %}
    {%- else -%}
        {%- if told -%}
            {% call statement('touched') -%}
                create schema if not exists {{ working_schema() }};
                create or replace table {{ touched_keys(by) }} as
                {{ told.group(1) }}
            {%- endcall %}
        {%- endif -%}
        {% do log(this.identifier ~ ': ' ~ touched_key_count(by) ~ ' keys made anew', info=true) %}
        {{ get_assert_columns_equivalent(sql) if config.get('contract').enforced }}
        {% call statement('main') -%}
            {%- set made_rows -%}
            select made.*
            from (
                {{ narrowed_to_touched_keys(sql, model, by, key) }}
            ) as made
            where {{ is_touched('made.' ~ key, by, is_optional) }}
            {%- endset -%}
            {%- if is_read %}
            create schema if not exists {{ working_schema() }};
            create or replace table {{ working_table(this.identifier) }} as
            {{ made_rows }};
            {%- endif %}
            {%- if config.get('tells_before') %}
            create or replace table {{ working_table(this.identifier ~ '__before') }} as
            select {{ config.get('tells_before') | join(', ') }}
            from {{ target_relation }}
            where {{ is_touched(key, by, is_optional) }};
            {%- endif %}
            {%- if not is_view %}
            delete from {{ target_relation }}
            where {{ is_touched(key, by, is_optional) }};
            insert into {{ target_relation }} by name
            {{ 'from ' ~ working_table(this.identifier) if is_read else made_rows }}
            {%- endif %}
        {%- endcall %}
    {%- endif %}

    {{ return(commit_with_hooks(target_relation)) }}
{% endmaterialization %}

{#- Where rows cannot be replaced: the whole table each time, also of a view, which Spark would work out again for each statement that reads it. -#}
{% materialization by_key, adapter='spark' %}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}
