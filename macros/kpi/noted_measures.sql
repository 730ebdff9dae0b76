{#-
  What measure_table and measures_of are given, as a text that declared_measures reads: one dict a measure, with what a row of the facts adds to it
  (null where it is no case) instead of how it is rolled up.
-#}
{% macro noted_measures(bases, is_touched=false) -%}
    {%- set notes = [] -%}
    {%- for base in ([bases] if bases is mapping else bases) -%}
        {%- set members = [] -%}
        {%- for dimension in base.dimensions -%}
            {%- do members.append(dimension ~ ':' ~ base.get('columns', {}).get(dimension, kpi_dimension_column(dimension))) -%}
        {%- endfor -%}
        {%- set shared = {
            'fact_schema': base.facts.schema, 'fact_table': base.facts.identifier, 'day_column': base.date, 'row_condition': base.get('where', 'true'),
            'members': members | join(','), 'counted_key': base.per if base.is_state else '', 'latest_by': '', 'is_state': base.get('is_state', false)
        } -%}
        {%- for measure in base.measures -%}
            {%- if measure.sum -%}
                {%- set added = 'cast(' ~ measure.sum ~ ' as decimal(18, 6))' -%}
                {%- do notes.append(dict(shared, measure=measure.name, added=added)) -%}
                {%- for quantile in measure.get('quantiles', []) -%}
                    {%- do notes.append(dict(shared, measure=measure.name ~ '_' ~ quantile, added=added)) -%}
                {%- endfor -%}
                {%- if measure.cases -%}
                    {%- do notes.append(dict(shared, measure=measure.cases, added='case when ' ~ added ~ ' is not null then 1 end')) -%}
                {%- endif -%}
            {%- elif measure.latest_by -%}
                {%- set added = 'cast(' ~ measure.distinct ~ ' as ' ~ type_integer() ~ ')' -%}
                {%- do notes.append(dict(shared, measure=measure.name, added=added, counted_key=base.per, latest_by=measure.latest_by)) -%}
            {%- else -%}
                {%- set added = 'case when ' ~ measure.get('distinct', measure.get('count')) ~ ' then 1 end' -%}
                {%- do notes.append(dict(shared, measure=measure.name, added=added, counted_key=base.per if measure.distinct else shared.counted_key)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- '<<' ~ tojson(notes) ~ '>>' -}}
{%- endmacro %}
