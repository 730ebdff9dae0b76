{#-
  A table of periods (columns period_grain and period_start) that is made anew only for the periods whose inputs changed.

  The model says with built_from what each of its periods is built from, and reads only the periods in the temporary table touched_periods. All
  periods are made when the project changed (AFTERSALES_PROJECT_FINGERPRINT, which whoever refreshes sets to a hash of models, macros, seeds,
  variables and engine; without it nobody knows), when an input of the grain 'all' did, or when is_whole is configured: such a table is built anew
  each time, and only tells the tables after it which of its periods changed. What a period was built from, and the fingerprint of its own rows, is
  written last and in the same transaction, so that a killed build repeats what it did not finish.

  With noted_by, a column such as kpi_id, the rows of each of its values are told apart (fingerprints_of, compared_fingerprints name them in the
  input); with made_by they are made apart too: touched_periods has that column then, and an input that names no value stands for all of them.
-#}
{% materialization by_period, default %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set made_by = config.get('made_by') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('period_inputs') -%}
        {{ create_built_periods() }};
        create or replace temporary table {{ period_inputs() }} as
        {{ selected_period_inputs(model['compiled_code']) }}
    {%- endcall %}

    {%- set is_new = (
        should_full_refresh() or existing_relation is none or not existing_relation.is_table or env_var('AFTERSALES_PROJECT_FINGERPRINT', '') == ''
        or run_query(changed_periods(this.identifier, "= 'all'")).rows | length > 0
    ) -%}
    {%- set is_whole = is_new or config.get('is_whole', false) -%}

    {% call statement('touched_periods') -%}
        create or replace temporary table {{ touched_periods() }} as
        {{ selected_touched_periods(is_whole, made_by) }}
    {%- endcall %}

    {%- set counted = 'select distinct touched.period_grain, touched.period_start from ' ~ touched_periods() ~ ' as touched' -%}
    {%- set touched_count = run_query('select count(*) from (' ~ counted ~ ') as periods').rows[0][0] if execute else 0 %}
    {% do log_periods_made(is_whole, touched_count) %}

    {%- set last_kept_row = none -%}
    {% if is_whole or touched_count > 0 -%}
        {% if is_whole -%}
            {% if existing_relation is not none and not existing_relation.is_table -%}
                {{ drop_relation_if_exists(existing_relation) }}
            {%- endif %}
            {% call statement('emptied') -%}
                {#- Not as a select of typed nulls: DuckDB 2.0 then finds no rows in what is inserted in order afterwards (tests/unit/macros/test_emptied_tables.py). -#}
                create or replace table {{ target_relation }} ({{ typed_columns(model.columns) }})
            {%- endcall %}
        {%- else -%}
            {% call statement('emptied') -%}
                delete from {{ target_relation }}
                where {{ is_period_touched(this.identifier, made_by) }}
            {%- endcall %}
            {#- Whatever is inserted comes after it. -#}
            {%- set last_kept_row = run_query('select coalesce(max(rowid), -1) from ' ~ target_relation).rows[0][0] -%}
        {%- endif %}

        {#- Of the same project the columns are those that it was last built with. -#}
        {{ get_assert_columns_equivalent(sql) if is_new }}
        {%- set steps = made_steps(sql) %}
        {% call statement('main') -%}
            insert into {{ target_relation }} ({{ model.columns.keys() | join(', ') }})
            select {{ model.columns.keys() | join(', ') }} from ({{ steps.sql }}) as made_rows
        {%- endcall %}
        {% for table in steps.tables -%}
            {% do run_query('drop table ' ~ table) %}
        {%- endfor -%}

        {% call statement('built_periods') -%}
            {{ note_built_periods(target_relation, model.columns, is_whole, is_new, last_kept_row, config.get('noted_by', made_by), made_by) }}
        {%- endcall %}
    {%- else -%}
        {% call noop_statement('main', '0 PERIODS') %}{% endcall %}
    {%- endif %}

    {{ return(commit_with_hooks(target_relation)) }}
{% endmaterialization %}

{#-
  On Spark a table consists of parts (period_part), each a folder of files that are never written to again. A build writes into a folder of its own:
  of parts in which no touched period lies it takes over the files that the last build wrote, the others it writes anew, what is left of their rows
  and what is made. So the last build's table stands as it was, and whoever kills this one leaves nothing that anybody reads. The notes are written
  last; without them a table was not finished.
-#}
{% materialization by_period, adapter='spark' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set made_by = config.get('made_by') -%}
    {%- set is_known = leaves_periods() -%}

    {{ run_hooks(pre_hooks) }}
    {% do run_query('create table ' ~ period_inputs() ~ ' using parquet as ' ~ selected_period_inputs(model['compiled_code'])) %}
    {%- if is_known -%}
        {{ register_last_build(target_relation, model.columns) }}
    {%- endif -%}
    {#- What changed of all periods is asked together with what changed of some; it is rare. -#}
    {%- set created = 'create table ' ~ touched_periods() ~ ' using parquet as ' -%}
    {%- set touched = {} -%}
    {%- if is_known -%}
        {% do run_query(created ~ selected_touched_periods(false, made_by, 'is not null')) %}
        {%- set counted = 'select ' ~ period_part('touched') ~ ', count(distinct touched.period_grain, touched.period_start)' -%}
        {%- for part, count in run_query(counted ~ ' from ' ~ touched_periods() ~ ' as touched group by 1').rows -%}
            {%- do touched.update({part: count}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set is_whole = not is_known or 'all' in touched -%}
    {%- if is_whole and is_known -%}
        {% do run_query('drop table ' ~ touched_periods()) %}
    {%- endif -%}
    {#- Without a last build only what is made_by a column reads them. -#}
    {%- if is_whole and (is_known or made_by) -%}
        {% do run_query(created ~ selected_touched_periods(true, made_by)) %}
    {%- endif -%}
    {%- set parts = touched | list %}
    {% do log_periods_made(is_whole, touched.values() | sum) %}

    {#- SQL that is narrowed may read the table itself. -#}
    {% if is_known and is_whole -%}
        {% do run_query(parquet_table(target_relation, typed_columns(model.columns), is_in_parts=true)) %}
    {%- elif is_known -%}
        {{ take_over_parts(target_relation, model.columns, parts, made_by) }}
    {%- endif %}
    {% if is_whole or parts -%}
        {{ made_in_steps(target_relation, model.columns, sql, is_in_parts=true, is_there=is_known) }}
    {%- else -%}
        {% call noop_statement('main', '0 PERIODS') %}{% endcall %}
    {%- endif %}
    {{ write_built_periods(target_relation, model.columns, is_whole, parts, config.get('noted_by', made_by), made_by) }}

    {%- do run_query('drop table ' ~ period_inputs()) -%}
    {%- if is_known or made_by -%}
        {%- do run_query('drop table ' ~ touched_periods()) -%}
    {%- endif %}
    {{ run_hooks(post_hooks) }}
    {% do persist_docs(target_relation, model) %}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro log_periods_made(is_whole, touched_count) -%}
    {% do log(this.identifier ~ ': ' ~ ('every period' if is_whole else touched_count ~ ' periods') ~ ' made anew', info=true) %}
{%- endmacro %}

{% macro typed_columns(columns) -%}
    {%- for column in columns.values() %}
    {{ column.name }} {{ column.data_type }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
