{#- A table that begins as the last build left it, but for the periods that are made anew; of parts in which none of them lies with the very files. -#}
{% macro take_over_parts(target_relation, columns, touched_parts, made_by=none) -%}
    {%- set folder = adapter.take_over(target_relation.schema, target_relation.identifier, touched_parts) -%}
    {%- do run_query(parquet_table(target_relation, typed_columns(columns), folder, is_in_parts=true)) -%}
    {%- if touched_parts -%}
        {% call statement('kept') -%}
            {%- set kept_rows -%}
            select kept.*
            from last_build.{{ target_relation.identifier }} as kept
            where {{ is_in_parts('kept', touched_parts) }} and not {{ is_period_touched('kept', made_by) }}
            {%- endset -%}
            insert into {{ target_relation }}
            {{ rows_in_parts(kept_rows, columns) }}
        {%- endcall %}
    {%- endif -%}
{%- endmacro %}

{#- Puts what the last build made of a model, and its notes of that, into the catalogue. -#}
{% macro register_last_build(relation, columns) -%}
    {%- set folder = env_var('AFTERSALES_SPARK_LAST_TABLES') -%}
    {%- do run_query(parquet_table('last_build.' ~ relation.identifier, typed_columns(columns), folder ~ '/' ~ relation.schema ~ '.db/' ~ relation.identifier, is_in_parts=true)) -%}
    {%- do run_query(parquet_table(last_built_periods(relation.identifier), built_periods_columns(), folder ~ '/notes.db/' ~ relation.identifier)) -%}
{%- endmacro %}

{% macro parquet_table(name, typed_columns, folder=none, is_in_parts=false) -%}
    create table {{ name }} ({{ typed_columns }}{{ ', period_part string' if is_in_parts }})
    using parquet {{ 'partitioned by (period_part)' if is_in_parts }} {{ "location '" ~ folder ~ "'" if folder }}
{%- endmacro %}
