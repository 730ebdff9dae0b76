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
    {%- set project = env_var('AFTERSALES_PROJECT_FINGERPRINT', '') -%}
    {%- set made_by = config.get('made_by') -%}
    {%- set told = modules.re.search('/[*] built from:(.*?)[*]/', model['compiled_code'], modules.re.DOTALL) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('period_inputs') -%}
        {{ create_built_periods() }};
        create or replace temporary table period_inputs as
        {% if told -%}
        {{ told.group(1) }}
        union all
        {% endif -%}
        select
            'project' as input,
            'all' as period_grain,
            cast('1970-01-01' as {{ type_date() }}) as period_start,
            '{{ project }}' as fingerprint
    {%- endcall %}

    {%- set is_new = (
        should_full_refresh() or existing_relation is none or not existing_relation.is_table or project == ''
        or run_query(changed_periods(this.identifier, "= 'all'")).rows | length > 0
    ) -%}
    {%- set is_whole = is_new or config.get('is_whole', false) -%}

    {% call statement('touched_periods') -%}
        create or replace temporary table touched_periods as
        {%- set changed -%}
        {% if is_whole -%}
        select distinct
            {{ named_value('inputs.input') ~ ' as ' ~ made_by ~ ',' if made_by }}
            inputs.period_grain,
            inputs.period_start
        from period_inputs as inputs
        where inputs.period_grain <> 'all'
        {%- else -%}
        {{ changed_periods(this.identifier, "<> 'all'", made_by) }}
        {%- endif %}
        {%- endset %}
        {{ of_each_value(changed, made_by) if made_by else changed }}
    {%- endcall %}

    {%- set counted = 'select distinct touched.period_grain, touched.period_start from touched_periods as touched' -%}
    {%- set touched_count = run_query('select count(*) from (' ~ counted ~ ') as periods').rows[0][0] if execute else 0 %}
    {% do log(this.identifier ~ ': ' ~ ('every period' if is_whole else touched_count ~ ' periods') ~ ' made anew', info=true) %}

    {%- set last_kept_row = none -%}
    {% if is_whole or touched_count > 0 -%}
        {% if is_whole -%}
            {% if existing_relation is not none and not existing_relation.is_table -%}
                {{ drop_relation_if_exists(existing_relation) }}
            {%- endif %}
            {% call statement('emptied') -%}
                {#- Not as a select of typed nulls: DuckDB 2.0 then finds no rows in what is inserted in order afterwards (tests/unit/macros/test_emptied_tables.py). -#}
                create or replace table {{ target_relation }} (
                    {%- for column in model.columns.values() %}
                    {{ column.name }} {{ column.data_type }}{{ ',' if not loop.last }}
                    {%- endfor %}
                )
            {%- endcall %}
        {%- else -%}
            {% call statement('emptied') -%}
                delete from {{ target_relation }}
                where exists (
                    select 1 from touched_periods as touched
                    where {{ this.identifier }}.period_grain = touched.period_grain and {{ this.identifier }}.period_start = touched.period_start
                    {{ 'and ' ~ this.identifier ~ '.' ~ made_by ~ ' = touched.' ~ made_by if made_by }}
                )
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
        {%- endfor %}

        {% call statement('built_periods') -%}
            {{ note_built_periods(target_relation, model.columns, is_whole, is_new, last_kept_row, config.get('noted_by', made_by), made_by) }}
        {%- endcall %}
    {%- else -%}
        {% call noop_statement('main', '0 PERIODS') %}{% endcall %}
    {%- endif %}

    {{ return(commit_with_hooks(target_relation)) }}
{% endmaterialization %}

{#-
  Where no build is remembered every period is made, each time, and models read no touched_periods, but for the values that a table is made_by: those
  that the tables it reads are noted_by. The view of them bears the model's name, since another model is built in the same session meanwhile.
-#}
{% materialization by_period, adapter='spark' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set made_by = config.get('made_by') -%}
    {%- set touched = 'touched_periods_of_' ~ this.identifier -%}
    {%- set made_rows = sql | replace('touched_periods', touched) -%}

    {{ run_hooks(pre_hooks) }}
    {{ drop_relation_if_exists(load_cached_relation(this)) }}
    {%- set told = [] -%}
    {%- for parent in graph.nodes.values() if made_by and parent.unique_id in model.depends_on.nodes and parent.config.get('noted_by', parent.config.get('made_by')) == made_by -%}
        {%- do told.append('select distinct ' ~ made_by ~ ', period_grain, period_start from ' ~ parent.relation_name) -%}
    {%- endfor -%}
    {%- if told -%}
        {%- do run_query('cache table ' ~ touched ~ ' as ' ~ told | join(' union ')) -%}
    {%- endif -%}
    {{ made_in_steps(target_relation, model.columns, made_rows) }}
    {%- if told -%}
        {%- do run_query('drop view ' ~ touched) -%}
    {%- endif %}
    {{ run_hooks(post_hooks) }}
    {% do persist_docs(target_relation, model) %}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
