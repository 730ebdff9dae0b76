{#-
  The measures that are sums or counts of rows, by what they are made of: a list of dicts with the facts (fact_schema, fact_table, day_column,
  row_condition), `columns` (of each dimension the column with its member) and `measures` (name to what a row adds). A model that reads the facts of
  it refs measure_members, behind which they all are. Empty while dbt only parses.
-#}
{% macro additive_measure_bases() -%}
    {%- set bases = {} -%}
    {%- for measure in declared_measures() if not (
        measure.is_state or measure.counted_key or measure.latest_by or measure.measure.split('_')[-1] in ['median', 'p90']
    ) -%}
        {%- set source = [measure.fact_schema, measure.fact_table, measure.day_column, measure.row_condition, measure.members] | join('|') -%}
        {%- if source not in bases -%}
            {%- set columns = {} -%}
            {%- for pair in measure.members.split(',') -%}
                {%- do columns.update({pair.split(':')[0]: pair.split(':')[1]}) -%}
            {%- endfor -%}
            {%- do bases.update({source: dict(measure, columns=columns, measures={})}) -%}
        {%- endif -%}
        {%- do bases[source].measures.update({measure.measure: measure.added | replace(noted_as_of(), as_of())}) -%}
    {%- endfor -%}
    {{ return(bases.values() | list) }}
{%- endmacro %}
