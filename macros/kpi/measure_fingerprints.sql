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
    select
        '{{ base.facts.identifier }}.{{ base.date }}{{ '.' ~ base.columns.values() | join('.') if base.columns }}' as input,
        grains.period_grain,
        case grains.period_grain
            {%- for grain in kpi_grains() %}
            when '{{ grain }}' then {{ period_start(grain, 'days.day_start') }}
            {%- endfor %}
        end as period_start,
        {{ rows_fingerprint('sum(days.row_count)', 'sum(days.hash_sum)') }} as fingerprint

    from (

        select
            {{ period_start('day', 'facts.' ~ base.date) }} as day_start,
            count(*) as row_count,
            sum(cast({{ row_hash(read) }} as decimal(38, 0))) as hash_sum

        from {{ base.facts }} as facts
        where
            facts.{{ base.date }} is not null
            and ({{ base.get('where', 'true') }})
        group by {{ period_start('day', 'facts.' ~ base.date) }}

    ) as days
    cross join (
        {%- for grain in kpi_grains() %}
        select '{{ grain }}' as period_grain
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as grains
    group by
        grains.period_grain,
        case grains.period_grain
            {%- for grain in kpi_grains() %}
            when '{{ grain }}' then {{ period_start(grain, 'days.day_start') }}
            {%- endfor %}
        end
{%- endmacro %}
