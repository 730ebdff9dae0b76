{#-
  Writes down what a model was just built from, and the fingerprints of its periods: anew for the touched ones, as they were for the others. Which rows
  passed their tests is forgotten of touched periods, and of all when the table is_new: the tests may be other ones.
-#}
{% macro note_built_periods(relation, columns, is_whole, is_new, last_kept_row, noted_by=none, made_by=none) -%}
    {%- set made_columns = [] -%}
    {%- for column in columns -%}
        {%- do made_columns.append('made.' ~ column) -%}
    {%- endfor -%}
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
        and exists (
            select 1 from touched_periods as touched
            where built.period_grain = touched.period_grain and built.period_start = touched.period_start
            {{ 'and built.input = touched.' ~ made_by if made_by }}
        )
        {%- endif %};
    {#- Of inputs what still holds is left alone: it is nearly all. -#}
    delete from {{ built_periods() }} as built
    where
        built.model = '{{ relation.identifier }}'
        and built.role = 'input'
        and not exists (
            select 1 from period_inputs as inputs
            where {{ same_note }}
        );
    insert into {{ built_periods() }} (model, role, input, period_grain, period_start, fingerprint)
    select
        '{{ relation.identifier }}' as model,
        'input' as role,
        inputs.input,
        inputs.period_grain,
        inputs.period_start,
        inputs.fingerprint
    from period_inputs as inputs
    where not exists (
        select 1 from {{ built_periods() }} as built
        where built.model = '{{ relation.identifier }}' and built.role = 'input' and {{ same_note }}
    );
    insert into {{ built_periods() }} (model, role, input, period_grain, period_start, fingerprint)
    select
        '{{ relation.identifier }}' as model,
        'output' as role,
        {{ 'made.' ~ noted_by if noted_by else "''" }} as input,
        made.period_grain,
        made.period_start,
        {{ rows_fingerprint('count(*)', 'sum(cast(' ~ row_hash(made_columns) ~ ' as decimal(38, 0)))') }} as fingerprint
    from {{ relation }} as made
    {{ 'where made.rowid > ' ~ last_kept_row if not is_whole }}
    group by {{ 'made.' ~ noted_by ~ ',' if noted_by }} made.period_grain, made.period_start
{%- endmacro %}
