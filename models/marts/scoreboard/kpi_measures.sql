-- Of which rows is each measure made, and what does a row add to it? As the measure tables declare it, for whoever asks a figure for its rows.
-- noqa: disable=all
{% set texts = ['measure', 'fact_schema', 'fact_table', 'day_column', 'members', 'row_condition', 'added', 'counted_key', 'latest_by'] -%}
{% for measure in declared_measures() %}
select
    {%- for name in texts %}
    cast('{{ measure[name] | replace("'", "''") }}' as {{ type_text() }}) as {{ name }},
    {%- endfor %}
    {{ 'true' if measure.is_state else 'false' }} as is_state
union all
{% endfor %}
select
    {%- for name in texts %}
    cast(null as {{ type_text() }}) as {{ name }},
    {%- endfor %}
    false as is_state
where 1 = 0
