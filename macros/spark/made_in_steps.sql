{#-
  Makes a table in several statements, each of which Spark understands in a moment: what calculated_once marks becomes a table of its own, and the
  parts that rows_after_rows puts between are inserted one after the other.
-#}
{% macro made_in_steps(target_relation, columns, sql) -%}
    {%- for part in sql.split(rows_after_rows()) -%}
        {%- set number = loop.index -%}
        {%- set steps = [] -%}
        {%- set rest = namespace(sql=part) -%}
        {%- for name in modules.re.findall('/[*] once ([a-z0-9_]+) [{] [*]/', part) -%}
            {%- set step = 'steps.' ~ target_relation.identifier ~ '_' ~ number ~ '_' ~ name -%}
            {%- set before = rest.sql.split('/* once ' ~ name ~ ' { */')[0] -%}
            {%- set query = rest.sql.split('/* once ' ~ name ~ ' { */')[1].split('/* } once ' ~ name ~ ' */')[0] -%}
            {%- set after = rest.sql.split('/* } once ' ~ name ~ ' */')[1] -%}
            {#- In a query that is itself one of several. -#}
            {%- set around = modules.re.findall('([a-z_]+) as [(]\\s+with\\s', before) -%}
            {%- set told = before ~ query ~ ') select * from ' ~ name ~ (') select * from ' ~ around | last if around) -%}
            {%- do run_query('create table ' ~ step ~ ' using parquet as ' ~ told) -%}
            {%- do steps.append(step) -%}
            {%- set rest.sql = before ~ 'select * from ' ~ step ~ after -%}
        {%- endfor -%}
        {% call statement('main') -%}
            {{ 'create table ' ~ target_relation ~ ' using parquet as' if loop.first else 'insert into ' ~ target_relation }}
            select {{ columns.keys() | join(', ') or '*' }} from ({{ rest.sql }}) as made_rows
        {%- endcall %}
        {#- Of the table, which is there, and not of the query, which Spark would have to understand once more. -#}
        {%- if loop.first and columns -%}
            {{ get_assert_columns_equivalent('select * from ' ~ target_relation) }}
        {%- endif -%}
        {%- for step in steps -%}
            {%- do run_query('drop table ' ~ step) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}

{#- What stands between parts of a table that are made one after the other, where the engine makes tables so. -#}
{% macro rows_after_rows() -%}
/* and after them */
{%- endmacro %}
