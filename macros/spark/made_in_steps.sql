{#-
  Makes a table in several statements, each of which Spark understands in a moment: what calculated_once marks becomes a table of its own, and the
  parts that rows_after_rows puts between are inserted one after the other.
-#}
{% macro made_in_steps(target_relation, columns, sql, is_in_parts=false, is_there=false) -%}
    {%- for part in sql.split(rows_after_rows()) -%}
        {%- set steps = made_steps(part, loop.index) -%}
        {% call statement('main') -%}
            {{ 'insert into ' ~ target_relation if is_there or not loop.first
                else 'create table ' ~ target_relation ~ ' using parquet ' ~ ('partitioned by (period_part) ' if is_in_parts) ~ 'as' }}
            {{ rows_in_parts(steps.sql, columns) if is_in_parts else 'select ' ~ (columns.keys() | join(', ') or '*') ~ ' from (' ~ steps.sql ~ ') as made_rows' }}
        {%- endcall %}
        {#- Of the table, which is there, and not of the query, which Spark would have to understand once more. -#}
        {%- if loop.first and columns and not is_there -%}
            {{ get_assert_columns_equivalent('select ' ~ (columns.keys() | join(', ') if is_in_parts else '*') ~ ' from ' ~ target_relation) }}
        {%- endif -%}
        {%- for table in steps.tables -%}
            {%- do run_query('drop table ' ~ table) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}

{#- What stands between parts of a table that are made one after the other, where the engine makes tables so. -#}
{% macro rows_after_rows() -%}
/* and after them */
{%- endmacro %}
