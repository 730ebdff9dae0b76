{#-
  The rows that measures are made of (base as in measures_of): the starts of their periods, their members, and a column per measure, null where the
  row is no case of it. What is summed is a decimal, since a sum of doubles depends in its last bits on the order of the rows; six decimals are
  exact for scores, money and seconds to the microsecond.

  touched_grains   only the rows in touched periods of these grains; empty for all
  with_key         the key that `distinct` counts as counted_key
  as_double        what quantiles interpolate between
-#}
{% macro measure_inputs(base, grains, dimensions, measures, touched_grains=[], with_key=false, as_double=false) -%}
    {%- set day = 'facts.' ~ base.date -%}
    {%- set columns = [] -%}
    {%- for grain in grains -%}
        {%- do columns.append(period_start(grain, day) ~ ' as ' ~ grain ~ '_start') -%}
    {%- endfor -%}
    {%- for dimension in dimensions -%}
        {%- set member = 'cast(facts.' ~ base.get('columns', {}).get(dimension, kpi_dimension_column(dimension)) ~ ' as ' ~ type_text() ~ ')' -%}
        {%- do columns.append("coalesce(" ~ member ~ ", 'unknown') as member_" ~ dimension) -%}
    {%- endfor -%}
    {%- if with_key -%}
        {%- do columns.append('facts.' ~ base.per ~ ' as counted_key') -%}
    {%- endif -%}
    {%- for measure in measures -%}
        {%- if measure.sum -%}
            {%- set type = type_double() if as_double else 'decimal(18, 6)' -%}
            {%- do columns.append('cast(' ~ measure.sum ~ ' as ' ~ type ~ ') as ' ~ measure.name) -%}
        {%- elif measure.latest_by -%}
            {%- do columns.append('cast(' ~ measure.distinct ~ ' as ' ~ type_integer() ~ ') as ' ~ measure.name) -%}
            {%- do columns.append(measure.latest_by ~ ' as ' ~ measure.name ~ '_moment') -%}
        {%- else -%}
            {%- do columns.append('case when ' ~ measure.get('distinct', measure.get('count')) ~ ' then 1 end as ' ~ measure.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set touched = [] -%}
    {%- for grain in touched_grains -%}
        {%- do touched.append(touched_condition(true, grain, day)) -%}
    {%- endfor -%}
            select
                {{ columns | join(',\n                ') }}

            from {{ base.facts }} as facts
            where
                {{ day }} is not null
                and ({{ base.get('where', 'true') }})
                {{ 'and (' ~ touched | join(' or ') ~ ')' if touched }}
{%- endmacro %}
