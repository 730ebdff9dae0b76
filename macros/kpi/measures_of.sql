{#-
  The measures of one kind of facts by one of their dates, as a select of the measures' contract: measure, the cell (period_grain, period_start,
  dimension, member), total, squares, n, quantile.

  relation      the facts: one row per thing that happened, with the columns of its dimensions on it
  date_column   the date that puts a row into its periods, in the business time zone; rows without one are left out
  dimensions    names of dimensions (dimensions_of); a null member is 'unknown', so that the members of a dimension add up to overall
  measures      a list of dicts, each with the measure's name and one of
                  count     a condition on `facts`: the rows for which it is true
                  sum       an expression on `facts`. squares: true keeps the sum of squares too, for the interval of a mean or of weights; cases
                            names a measure that counts the rows with a value; quantiles (median, p90) add the measures <name>_median, <name>_p90
                  distinct  a condition: the different values of `per` with a row for which it is true; with latest_by, those whose latest such
                            row (of which it is not null) says so
  where         a condition on `facts` that all of them share

  Rows are counted and summed once, by day (under dimensions with many members by month), and longer periods are sums of those; only quantiles and
  distinct keys go back to the rows. A cell with facts has a row of each measure, also where it is 0, but not under dimensions with many members;
  and as_of's own periods have one overall, so that a measure is found before anything has happened.
-#}
{% macro measures_of(relation, date_column, dimensions, measures, where='true', per=none) -%}
    {%- set additive = measures | rejectattr('distinct', 'defined') | list -%}
    {%- set ranked = measures | selectattr('quantiles', 'defined') | list -%}
    {%- set distinct = measures | selectattr('distinct', 'defined') | list -%}
    {%- set detailed = dimensions | select('in', kpi_detailed_dimensions()) | list -%}
    {%- set long_grains = ['month', 'quarter', 'year'] -%}
    {%- set parts = [] -%}
    {%- for measure in additive -%}
        {%- do parts.append([measure, '_total', 'sum' if measure.sum else 'count', '']) -%}
        {%- if measure.sum -%}
            {%- do parts.append([measure, '_n', 'count', '']) -%}
        {%- endif -%}
        {%- if measure.squares -%}
            {#- One factor is a digit wider: DuckDB keeps a product of two decimal(18) inside 18 digits, which overflows. -#}
            {%- do parts.append([measure, '_squares', 'sum', ' * cast(observed.' ~ measure.name ~ ' as decimal(19, 6))']) -%}
        {%- endif -%}
    {%- endfor -%}
    with

    base_cells as (

        select
            {{ kpi_cell_columns(dimensions, ['day', 'month'] if detailed else ['day']) }}
            {%- for measure, part, aggregate, factor in parts %},
            {{ aggregate }}(observed.{{ measure.name }}{{ factor }}) as {{ measure.name }}{{ part }}
            {%- endfor %}

        from (
            {{ measure_inputs(relation, date_column, ['day', 'month'], dimensions, additive, where) }}
        ) as observed
        {{ kpi_grouping_sets(dimensions, ['day'], ['month']) }}

        union all

        select
            'day' as period_grain,
            {{ business_date('resolved.as_of_at') }} as period_start,
            'overall' as dimension,
            'all' as member
            {%- for measure, part, aggregate, factor in parts %},
            0 as {{ measure.name }}{{ part }}
            {%- endfor %}

        from {{ ref('int_as_of__resolved') }} as resolved
        where resolved.as_of_at is not null

    ),

    cells as (
        {%- for grain in kpi_grains() %}

        select
            '{{ grain }}' as period_grain,
            {{ period_start(grain, 'base_cells.period_start') }} as period_start,
            base_cells.dimension,
            base_cells.member
            {%- for measure, part, aggregate, factor in parts %},
            sum(base_cells.{{ measure.name }}{{ part }}) as {{ measure.name }}{{ part }}
            {%- endfor %}

        from base_cells
        {%- if grain not in long_grains %}
        where base_cells.period_grain = 'day'
        {%- endif %}
        group by
            {{ period_start(grain, 'base_cells.period_start') }},
            base_cells.dimension,
            base_cells.member
        {{ 'union all' if not loop.last }}
        {%- endfor %}

    )
    {%- if ranked %},

    ranked_cells as (

        select
            {{ kpi_cell_columns(dimensions) }}
            {%- for measure in ranked %},
            {{ quantile_list('observed.' ~ measure.name, kpi_quantile_shares(measure.quantiles)) }} as {{ measure.name }}
            {%- endfor %}

        from (
            {{ measure_inputs(relation, date_column, kpi_grains(), dimensions, ranked, where, as_double=true) }}
        ) as observed
        {{ kpi_grouping_sets(dimensions, kpi_grains(), long_grains) }}

    )
    {%- endif %}
    {%- if distinct %},

    keyed_cells as (

        select
            {{ kpi_cell_columns(dimensions) }}
            {%- for measure in distinct %},
            {{ 'max_by(observed.' ~ measure.name ~ ', observed.' ~ measure.name ~ '_moment)' if measure.latest_by else 'max(observed.' ~ measure.name ~ ')' }}
            {{- ' filter (where observed.' ~ measure.name ~ ' is not null)' if measure.latest_by }} as {{ measure.name }}
            {%- endfor %}

        from (
            {{ measure_inputs(relation, date_column, kpi_grains(), dimensions, distinct, where, per=per) }}
        ) as observed
        {{ kpi_grouping_sets(dimensions, kpi_grains(), long_grains, ['counted_key']) }}

    ),

    distinct_cells as (

        select
            keyed_cells.period_grain,
            keyed_cells.period_start,
            keyed_cells.dimension,
            keyed_cells.member
            {%- for measure in distinct %},
            sum(keyed_cells.{{ measure.name }}) as {{ measure.name }}
            {%- endfor %}

        from keyed_cells
        group by
            keyed_cells.period_grain,
            keyed_cells.period_start,
            keyed_cells.dimension,
            keyed_cells.member

    )
    {%- endif %}
    {%- set rows = [] -%}
    {%- for measure in measures -%}
        {%- set cell = 'cells.' ~ measure.name -%}
        {%- if 'distinct' in measure -%}
            {%- set keys = 'distinct_cells.' ~ measure.name -%}
            {%- do rows.append({'name': measure.name, 'total': keys, 'n': keys, 'join': 'distinct_cells'}) -%}
        {%- elif measure.sum -%}
            {%- do rows.append({'name': measure.name, 'total': cell ~ '_total', 'squares': cell ~ '_squares' if measure.squares, 'n': cell ~ '_n'}) -%}
            {%- if measure.cases -%}
                {%- do rows.append({'name': measure.cases, 'total': cell ~ '_n', 'n': cell ~ '_n'}) -%}
            {%- endif -%}
            {%- for quantile in measure.get('quantiles', []) -%}
                {#- Interpolated in doubles, 0.9 of the way between two whole numbers has a hair too much in its last bits; seven decimals are exact. -#}
                {%- set value = 'round(' ~ list_element('ranked_cells.' ~ measure.name, loop.index) ~ ', 7)' -%}
                {%- do rows.append({'name': measure.name ~ '_' ~ quantile, 'quantile': value, 'n': cell ~ '_n', 'join': 'ranked_cells'}) -%}
            {%- endfor -%}
        {%- else -%}
            {%- do rows.append({'name': measure.name, 'total': cell ~ '_total', 'n': cell ~ '_total'}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for row in rows %}

    select
        '{{ row.name }}' as measure,
        cells.period_grain,
        cells.period_start,
        cells.dimension,
        cells.member,
        cast({{ 'coalesce(' ~ row.total ~ ', 0)' if row.total else 'null' }} as decimal(38, 6)) as total,
        cast({{ 'coalesce(' ~ row.squares ~ ', 0)' if row.squares else 'null' }} as decimal(38, 12)) as squares,
        cast(coalesce({{ row.n }}, 0) as {{ type_integer() }}) as n,
        cast({{ row.get('quantile', 'null') }} as {{ type_double() }}) as quantile

    from cells
    {%- if row.join %}
    left join {{ row.join }}
        on
            cells.period_grain = {{ row.join }}.period_grain
            and cells.period_start = {{ row.join }}.period_start
            and cells.dimension = {{ row.join }}.dimension
            and cells.member = {{ row.join }}.member
    {%- endif %}
    {%- if detailed %}
    where {{ row.n }} > 0 or cells.dimension not in ('{{ detailed | join("', '") }}')
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
