{#-
  Makes a table of each query that calculated_once marks, and returns {'sql': the statement, which reads them, 'tables': their names, to be dropped
  after it}.
-#}
{% macro made_steps(sql, number=1) -%}
    {%- set rest = namespace(sql=sql) -%}
    {%- set tables = [] -%}
    {%- for name in modules.re.findall('/[*] once ([a-z0-9_]+) [{] [*]/', sql) -%}
        {%- set before, marked = rest.sql.split('/* once ' ~ name ~ ' { */', 1) -%}
        {%- set query, after = marked.split('/* } once ' ~ name ~ ' */', 1) -%}
        {#- In a query that is itself one of several. -#}
        {%- set around = modules.re.findall('([a-z0-9_]+) as [(]\\s+with\\s', before) -%}
        {%- set told = before ~ query ~ ') select * from ' ~ name ~ (') select * from ' ~ around | last if around) -%}
        {%- set table = created_step(number ~ '_' ~ loop.index ~ '_' ~ name, told) -%}
        {%- do tables.append(table) -%}
        {%- set rest.sql = before ~ 'select * from ' ~ table ~ after -%}
    {%- endfor -%}
    {{ return({'sql': rest.sql, 'tables': tables}) }}
{%- endmacro %}

{#- Creates the table of a step and returns its name. -#}
{% macro created_step(name, query) -%}
    {{ return(adapter.dispatch('created_step', 'aftersales')(name, query)) }}
{%- endmacro %}

{% macro default__created_step(name, query) -%}
    {%- do run_query('create or replace temporary table step_' ~ name ~ ' as ' ~ query) -%}
    {{ return('step_' ~ name) }}
{%- endmacro %}

{% macro spark__created_step(name, query) -%}
    {%- set table = 'steps.' ~ this.identifier ~ '_' ~ name -%}
    {%- do run_query('create table ' ~ table ~ ' using parquet as ' ~ query) -%}
    {{ return(table) }}
{%- endmacro %}
