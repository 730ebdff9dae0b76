{#-
  The rows that measures are made of: the starts of their periods, their members, and a column per measure, null where the row is no case of it.
  What is summed is a decimal, since a sum of doubles depends in its last bits on the order of the rows; six decimals are exact for scores, money
  and seconds to the microsecond. `as_double` gives what quantiles interpolate between.
-#}
{% macro measure_inputs(relation, date_column, grains, dimensions, measures, where, per=none, as_double=false) -%}
    {%- set columns = [] -%}
    {%- for grain in grains -%}
        {%- do columns.append(period_start(grain, 'facts.' ~ date_column) ~ ' as ' ~ grain ~ '_start') -%}
    {%- endfor -%}
    {%- for dimension in dimensions -%}
        {%- set member = 'cast(facts.' ~ kpi_dimension_column(dimension) ~ ' as ' ~ type_text() ~ ')' -%}
        {%- do columns.append("coalesce(" ~ member ~ ", 'unknown') as member_" ~ dimension) -%}
    {%- endfor -%}
    {%- if per -%}
        {%- do columns.append('facts.' ~ per ~ ' as counted_key') -%}
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
            select
                {{ columns | join(',\n                ') }}

            from {{ relation }} as facts
            where facts.{{ date_column }} is not null and ({{ where }})
{%- endmacro %}
