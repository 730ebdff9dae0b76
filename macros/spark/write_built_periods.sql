{#- Writes down what a model was just built from, as note_built_periods does where a table can be added to. Of a model that nothing touched it is what it was. -#}
{% macro write_built_periods(relation, columns, is_whole, touched_parts, noted_by=none, made_by=none) -%}
    {%- set notes = built_periods(relation.identifier) -%}
    {%- if is_whole or touched_parts -%}
        {% call statement('built_periods') -%}
            create table {{ notes }} using parquet as
            {{ noted_inputs(relation) }}

            union all

            {{ noted_outputs(relation, columns, 'true' if is_whole else is_in_parts('made', touched_parts) ~ ' and ' ~ is_period_touched('made', made_by), noted_by) }}
            {%- if not is_whole %}

            union all

            select built.model, built.role, built.input, built.period_grain, built.period_start, built.fingerprint
            from {{ last_built_periods(relation.identifier) }} as built
            where built.role = 'output' and not {{ is_period_touched('built', made_by, 'input') }}
            {%- endif %}
        {%- endcall %}
    {%- else -%}
        {%- do run_query(parquet_table(notes, built_periods_columns(), adapter.take_over('notes', relation.identifier, []))) -%}
    {%- endif -%}
{%- endmacro %}
