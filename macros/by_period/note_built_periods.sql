{#-
  Writes down what a model was just built from, and the fingerprints of its periods: anew for the touched ones, as they were for the others. Which rows
  passed their tests is forgotten of touched periods, and of all when the table is_new: the tests may be other ones.
-#}
{% macro note_built_periods(relation, columns, is_whole, is_new, last_kept_row, noted_by=none, made_by=none) -%}
    {%- set same_note -%}
        inputs.input = built.input and inputs.period_grain = built.period_grain and inputs.period_start = built.period_start
        and inputs.fingerprint = built.fingerprint
    {%- endset -%}
    delete from {{ built_periods() }} as built
    where
        built.model = '{{ relation.identifier }}'
        and built.role <> 'input'
        {%- if not is_new and is_whole %}
        and built.role = 'output'
        {%- elif not is_new %}
        and {{ is_period_touched('built', made_by, 'input') }}
        {%- endif %};
    {#- Of inputs what still holds is left alone: it is nearly all. -#}
    delete from {{ built_periods() }} as built
    where
        built.model = '{{ relation.identifier }}'
        and built.role = 'input'
        and not exists (
            select 1 from {{ period_inputs() }} as inputs
            where {{ same_note }}
        );
    insert into {{ built_periods() }} (model, role, input, period_grain, period_start, fingerprint)
    {{ noted_inputs(relation) }}
    where not exists (
        select 1 from {{ built_periods() }} as built
        where built.model = '{{ relation.identifier }}' and built.role = 'input' and {{ same_note }}
    );
    insert into {{ built_periods() }} (model, role, input, period_grain, period_start, fingerprint)
    {{ noted_outputs(relation, columns, 'made.rowid > ' ~ last_kept_row if not is_whole else 'true', noted_by) }}
{%- endmacro %}

{% macro noted_inputs(relation) -%}
    select
        '{{ relation.identifier }}' as model,
        'input' as role,
        inputs.input,
        inputs.period_grain,
        inputs.period_start,
        inputs.fingerprint
    from {{ period_inputs() }} as inputs
{%- endmacro %}

{#- The fingerprints of the rows for which `is_made` is true. -#}
{% macro noted_outputs(relation, columns, is_made, noted_by=none) -%}
    {%- set made_columns = [] -%}
    {%- for column in columns -%}
        {%- do made_columns.append('made.' ~ column) -%}
    {%- endfor -%}
    select
        '{{ relation.identifier }}' as model,
        'output' as role,
        {{ 'made.' ~ noted_by if noted_by else "''" }} as input,
        made.period_grain,
        made.period_start,
        {{ rows_fingerprint('count(*)', 'sum(cast(' ~ row_hash(made_columns) ~ ' as decimal(38, 0)))') }} as fingerprint
    from {{ relation }} as made
    where {{ is_made }}
    group by {{ 'made.' ~ noted_by ~ ',' if noted_by }} made.period_grain, made.period_start
{%- endmacro %}
