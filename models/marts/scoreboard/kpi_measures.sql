-- Of which rows is each measure made, and what does a row add to it? As the measure tables declare it, for whoever asks a figure for its rows.
{% set texts = ['measure', 'fact_schema', 'fact_table', 'day_column', 'members', 'row_condition', 'added', 'counted_key', 'latest_by'] -%}

with

declared as (

    select
        {{ texts | join(', ') }}, is_state

    from (
        values
        {%- for measure in declared_measures() %}
        ({% for name in texts %}'{{ measure[name] | replace("'", "''") }}', {% endfor %}{{ 'true' if measure.is_state else 'false' }}),
        {%- endfor %}
        ({% for name in texts %}null, {% endfor %}false)
    ) as declared ({{ texts | join(', ') }}, is_state)

)

select
    {%- for name in texts %}
    cast(declared.{{ name }} as {{ type_text() }}) as {{ name }},
    {%- endfor %}
    declared.is_state

from declared
where declared.measure is not null
