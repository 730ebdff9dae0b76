{#-
  What a build deletes stays in the file, marked as dead. DuckDB clears it away whenever it writes a table down, rewriting what lies around it. That
  is put off from build to build until the file has grown by a quarter since it was last done.
-#}
{% macro begin_clearing() -%}
    {%- do run_query('create schema if not exists ' ~ working_schema() ~ '; create table if not exists ' ~ last_clearing() ~ ' (block_count bigint)') -%}
    {%- set is_put_off = run_query(
        'select count(*) from ' ~ last_clearing() ~ ' as clearing cross join pragma_database_size() as file'
        ~ ' where file.database_name = current_database() and file.used_blocks <= clearing.block_count * 1.25'
    ).rows[0][0] > 0 -%}
    set global max_vacuum_tasks = {{ 0 if is_put_off else 100 }}
    {%- if not is_put_off %};
    delete from {{ last_clearing() }}
    {%- endif -%}
{%- endmacro %}

{#- At the end of a build that cleared: how large the file is then. One that was killed leaves nothing, and the next clears again. -#}
{% macro note_clearing() -%}
    insert into {{ last_clearing() }} (block_count)
    select file.used_blocks
    from pragma_database_size() as file
    where file.database_name = current_database() and not exists (from {{ last_clearing() }})
{%- endmacro %}

{% macro last_clearing() -%}
    {{ working_table('last_clearing') }}
{%- endmacro %}
