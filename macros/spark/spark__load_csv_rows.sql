{#-
  Inserts a seed's rows as literals, in place of dbt-spark's own macro: that binds a null as the text 'None', without an error, and breaks at a quote.
-#}
{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set types = model.config.get('column_types', {}) -%}
    {%- set told = [] -%}
    {%- for row in agate_table.rows -%}
        {%- set values = [] -%}
        {%- for column in agate_table.column_names -%}
            {%- set value = row[loop.index0] -%}
            {%- set literal = 'null' if value is none else "'" ~ (value | string | replace('\\', '\\\\') | replace("'", "\\'")) ~ "'" -%}
            {%- do values.append('cast(' ~ literal ~ ' as ' ~ types.get(column, adapter.convert_type(agate_table, loop.index0)) ~ ')') -%}
        {%- endfor -%}
        {%- do told.append('(' ~ values | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- set sql = 'insert into ' ~ this ~ ' values\n' ~ told | join(',\n') -%}
    {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
    {{ return(sql) }}
{%- endmacro %}
