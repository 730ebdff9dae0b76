{#-
  What a generic test reads of a model, in place of dbt's own macro of this name. Of a table that is made by period only the periods whose rows have
  not passed all of its tests yet: the others did, with these very rows and this very project (note_tested_periods). Of a table that is made by key
  the rows of the keys that were made anew, when all passed after the build before (untested_keys).
-#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where', '') -%}
    {%- set conditions = [where] if where else [] -%}
    {%- set tested = graph.nodes.get('model.aftersales.' ~ relation.identifier) if execute and remembers_builds() -%}
    {%- if tested and tested.config.materialized == 'by_period' -%}
        {%- do conditions.append(untested_periods(relation.identifier, tested.config.get('noted_by', tested.config.get('made_by')))) -%}
    {%- endif -%}
    {%- if tested and tested.config.materialized == 'by_key' and model.test_metadata and were_keys_tested(tested.config.by) -%}
        {%- set untested = untested_keys(relation, tested.config, model.test_metadata) -%}
        {%- if untested -%}
            {%- do conditions.append(untested) -%}
        {%- endif -%}
    {%- endif -%}
    {%- if conditions -%}
        (select * from {{ relation }} as tested_rows where {{ conditions | join(' and ') }}) as tested_rows
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}

{% macro untested_periods(model_name, noted_by=none) -%}
    exists (
        select 1
        from {{ built_periods() }} as made
        left join {{ built_periods() }} as tested
            on
                made.model = tested.model
                and tested.role = 'tested'
                and made.input = tested.input
                and made.period_grain = tested.period_grain
                and made.period_start = tested.period_start
                and made.fingerprint = tested.fingerprint
        where
            made.model = '{{ model_name }}'
            and made.role = 'output'
            and tested.model is null
            and tested_rows.period_grain = made.period_grain
            and tested_rows.period_start = made.period_start
            {{ 'and tested_rows.' ~ noted_by ~ ' = made.input' if noted_by }}
    )
{%- endmacro %}
