{#-
  A fingerprint of each period's rows of a base (as in measures_of): their number, and the sum of hashes over all that the roll-up reads of them. A sum
  does not depend on the order of rows, and counts equal ones. What is said of a row by its own columns alone is told by these, each hashed once; an
  expression that also looks elsewhere, at as_of or into another table, by its value.
-#}
{% macro measure_fingerprints(base) -%}
    {%- set expressions = [] -%}
    {%- for dimension in base.dimensions -%}
        {%- do expressions.append('facts.' ~ base.get('columns', {}).get(dimension, kpi_dimension_column(dimension))) -%}
    {%- endfor -%}
    {%- for measure in base.measures -%}
        {%- do expressions.append(measure.get('sum', measure.get('distinct', measure.get('count')))) -%}
        {%- if measure.latest_by -%}
            {%- do expressions.append(measure.latest_by) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if base.per -%}
        {%- do expressions.append('facts.' ~ base.per) -%}
    {%- endif -%}
    {%- set read = [] -%}
    {%- for expression in expressions if 'facts.' in expression -%}
        {%- for value in ([expression] if 'select' in expression else modules.re.findall('facts[.][a-z0-9_]+', expression)) if value not in read -%}
            {%- do read.append(value) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set rows -%}
        {{ base.facts }} as facts
        where
            facts.{{ base.date }} is not null
            and ({{ base.get('where', 'true') }})
    {%- endset -%}
    {%- set input = base.facts.identifier ~ '.' ~ base.date ~ ('.' ~ base.columns.values() | join('.') if base.columns else '') -%}
    {{ period_fingerprints(input, rows, 'facts.' ~ base.date, row_hash(read), kpi_grains()) }}
{%- endmacro %}
