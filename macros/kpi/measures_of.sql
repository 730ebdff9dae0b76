{#-
  The measures of one kind of facts by one of their dates, as a select of the measures' contract: measure, the cell (period_grain, period_start,
  dimension, member), total, squares, n, quantile.

  base          a dict of
                  facts        the relation: one row per thing that happened, with the columns of its dimensions on it
                  date         the column that puts a row into its periods, in the business time zone; rows without one are left out
                  dimensions   names of dimensions (dimensions_of); a null member is 'unknown', so that the members add up to overall
                  columns      of dimensions that are told by another column than kpi_dimension_column says, that column
                  measures     a list of dicts, each with the measure's name and one of
                                 count     a condition on `facts`: the rows for which it is true
                                 sum       an expression on `facts`. squares: true keeps the sum of squares too, for the interval of a mean or of
                                           weights; cases names a measure that counts the rows with a value; quantiles (median, p90) add the
                                           measures <name>_median and <name>_p90
                                 distinct  a condition: the different values of `per` with a row for which it is true; with latest_by, those
                                           whose latest row (of those where it is not null) says so
                  where        a condition on `facts` that all of them share
                  per          the column whose values `distinct` counts; such a base counts something else, too. Of a state the key of what it is made of
                  is_state     said by a table that sums changes up to a period's end, so that a figure's rows can be listed (noted_measures)
  is_touched    whether only the periods in touched_periods are made, from rows of theirs and what {{ this }} holds of the other months

  Rows are counted and summed once, by day (under dimensions with many members by month); weeks and months are sums of days, quarters and years of
  months. Only quantiles and distinct keys go back to the rows. A cell with facts has a row of each measure, also where it is 0, but not under
  dimensions with many members; and as_of's own periods have one overall, so that a measure is found before anything has happened.
-#}
{% macro measures_of(base, is_touched=false) -%}
    {%- set dimensions = base.dimensions -%}
    {%- set additive = base.measures | rejectattr('distinct', 'defined') | list -%}
    {%- set ranked = base.measures | selectattr('quantiles', 'defined') | list -%}
    {%- set distinct = base.measures | selectattr('distinct', 'defined') | list -%}
    {%- set detailed = dimensions | select('in', kpi_detailed_dimensions()) | list -%}
    {%- set broad = dimensions | reject('in', kpi_detailed_dimensions()) | list -%}
    {%- set parts = [] -%}
    {%- set emitted = [] -%}
    {%- for measure in additive -%}
        {%- set cell = 'cells.' ~ measure.name -%}
        {%- do parts.append([measure, '_total', 'sum' if measure.sum else 'count', '']) -%}
        {%- if measure.sum -%}
            {%- do parts.append([measure, '_n', 'count', '']) -%}
        {%- endif -%}
        {%- if measure.squares -%}
            {#- One factor is a digit wider: DuckDB keeps a product of two decimal(18) inside 18 digits, which overflows. -#}
            {%- do parts.append([measure, '_squares', 'sum', ' * cast(observed.' ~ measure.name ~ ' as decimal(19, 6))']) -%}
        {%- endif -%}
        {%- set n = cell ~ ('_n' if measure.sum else '_total') -%}
        {%- set squares = 'coalesce(' ~ cell ~ '_squares, 0)' if measure.squares else 'null' -%}
        {%- do emitted.append([measure.name, cell ~ '_total', squares, n]) -%}
        {%- if measure.cases -%}
            {%- do emitted.append([measure.cases, n, 'null', n]) -%}
        {%- endif -%}
    {%- endfor -%}
    with

    day_cells as (
        {%- call calculated_once('day_cells') %}
        select
            {{ kpi_cell_columns(dimensions, ['day', 'month'] if detailed else ['day']) }}
            {%- for measure, part, aggregate, factor in parts %},
            {{ aggregate }}(observed.{{ measure.name }}{{ factor }}) as {{ measure.name }}{{ part }}
            {%- endfor %}

        from (
            {{ measure_inputs(base, ['day', 'month'], dimensions, additive, touched_grains=['day', 'week', 'month'] if is_touched else []) }}
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
        {%- endcall %}

    ),

    cells as (
        {%- call calculated_once('cells') %}
        {%- for grain in ['day', 'week', 'month'] %}

        select
            '{{ grain }}' as period_grain,
            {{ period_start(grain, 'day_cells.period_start') }} as period_start,
            day_cells.dimension,
            day_cells.member
            {%- for measure, part, aggregate, factor in parts %},
            sum(day_cells.{{ measure.name }}{{ part }}) as {{ measure.name }}{{ part }}
            {%- endfor %}

        from day_cells
        where
            {{ touched_condition(is_touched, grain, 'day_cells.period_start') }}
            {{ "and day_cells.period_grain = 'day'" if grain != 'month' }}
        group by
            {{ period_start(grain, 'day_cells.period_start') }},
            day_cells.dimension,
            day_cells.member
        {{ 'union all' if not loop.last }}
        {%- endfor %}
        {%- endcall %}

    ),

    short_rows as (
        {%- call calculated_once('short_rows') %}
        {%- for name, total, squares, n in emitted %}

        select
            '{{ name }}' as measure,
            cells.period_grain,
            cells.period_start,
            cells.dimension,
            cells.member,

            cast(coalesce({{ total }}, 0) as decimal(38, 6)) as total,
            cast({{ squares }} as decimal(38, 12)) as squares,
            cast({{ n }} as {{ type_integer() }}) as n

        from cells
        {{ 'union all' if not loop.last }}
        {%- endfor %}
        {%- endcall %}

    ),

    months as (

        select
            short_rows.measure,
            short_rows.period_start,
            short_rows.dimension,
            short_rows.member,

            short_rows.total,
            short_rows.squares,
            short_rows.n

        from short_rows
        where short_rows.period_grain = 'month'
        {%- if is_touched and leaves_periods() %}

        union all

        select
            kept_rows.measure,
            kept_rows.period_start,
            kept_rows.dimension,
            kept_rows.member,

            kept_rows.total,
            kept_rows.squares,
            kept_rows.n

        from {{ this }} as kept_rows
        where
            kept_rows.period_grain = 'month'
            and kept_rows.measure in ('{{ emitted | map("first") | join("', '") }}')
            and ({{ touched_condition(true, 'quarter', 'kept_rows.period_start') }} or {{ touched_condition(true, 'year', 'kept_rows.period_start') }})
            and not {{ touched_condition(true, 'month', 'kept_rows.period_start') }}
        {%- endif %}

    ),

    additive_rows as (
        {%- call calculated_once('additive_rows') %}
        select
            short_rows.measure,
            short_rows.period_grain,
            short_rows.period_start,
            short_rows.dimension,
            short_rows.member,

            short_rows.total,
            short_rows.squares,
            short_rows.n

        from short_rows
        {%- for grain in ['quarter', 'year'] %}

        union all

        select
            months.measure,
            '{{ grain }}' as period_grain,
            {{ period_start(grain, 'months.period_start') }} as period_start,
            months.dimension,
            months.member,

            cast(sum(months.total) as decimal(38, 6)) as total,
            cast(sum(months.squares) as decimal(38, 12)) as squares,
            cast(sum(months.n) as {{ type_integer() }}) as n

        from months
        where {{ touched_condition(is_touched, grain, 'months.period_start') }}
        group by
            months.measure,
            {{ period_start(grain, 'months.period_start') }},
            months.dimension,
            months.member
        {%- endfor %}
        {%- endcall %}

    )
    {%- if ranked %},

    {%- for grain in kpi_grains() %}

    -- Each value is held in memory once for each cell that it is ranked in: the grains one after the other.
    ranked_{{ grain }}_cells as (
        {%- call calculated_once('ranked_' ~ grain ~ '_cells', is_large=true) %}
        select
            {{ kpi_cell_columns(broad if grain in ('day', 'week') else dimensions, [grain]) }}
            {%- for measure in ranked %},
            {{ quantile_list('observed.' ~ measure.name, kpi_quantile_shares(measure.quantiles)) }} as {{ measure.name }}
            {%- endfor %}

        from (
            {{ measure_inputs(base, [grain], dimensions, ranked, touched_grains=[grain] if is_touched else [], as_double=true) }}
        ) as observed
        {{ kpi_grouping_sets(broad if grain in ('day', 'week') else dimensions, [grain], [grain]) }}
        {%- endcall %}

    ),
    {%- endfor %}

    ranked_cells as (
        {%- for grain in kpi_grains() %}

        select
            ranked_{{ grain }}_cells.period_grain,
            ranked_{{ grain }}_cells.period_start,
            ranked_{{ grain }}_cells.dimension,
            ranked_{{ grain }}_cells.member
            {%- for measure in ranked %},
            ranked_{{ grain }}_cells.{{ measure.name }}
            {%- endfor %}

        from ranked_{{ grain }}_cells
        {{ 'union all' if not loop.last }}
        {%- endfor %}

    )
    {%- endif %}
    {%- if distinct %},

    keyed_cells as (
        {%- for grain in kpi_grains() %}

        select
            {{ kpi_cell_columns(broad if grain in ('day', 'week') else dimensions, [grain]) }}
            {%- for measure in distinct %},
            {{ 'max_by(observed.' ~ measure.name ~ ', observed.' ~ measure.name ~ '_moment)' if measure.latest_by else 'max(observed.' ~ measure.name ~ ')' }}
            {{- ' filter (where observed.' ~ measure.name ~ ' is not null)' if measure.latest_by }} as {{ measure.name }}
            {%- endfor %}

        from (
            {{ measure_inputs(base, [grain], dimensions, distinct, touched_grains=[grain] if is_touched else [], with_key=true) }}
        ) as observed
        {{ kpi_grouping_sets(broad if grain in ('day', 'week') else dimensions, [grain], [grain], ['counted_key']) }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}

    ),

    distinct_cells as (
        {%- call calculated_once('distinct_cells') %}
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
        {%- endcall %}

    )
    {%- endif %},

    measure_rows as (

        select
            additive_rows.measure,
            additive_rows.period_grain,
            additive_rows.period_start,
            additive_rows.dimension,
            additive_rows.member,

            additive_rows.total,
            additive_rows.squares,
            additive_rows.n,
            cast(null as {{ type_double() }}) as quantile

        from additive_rows
        {%- for measure in ranked %}
        {%- for quantile in measure.quantiles %}

        union all

        select
            '{{ measure.name }}_{{ quantile }}' as measure,
            additive_rows.period_grain,
            additive_rows.period_start,
            additive_rows.dimension,
            additive_rows.member,

            cast(null as decimal(38, 6)) as total,
            cast(null as decimal(38, 12)) as squares,
            additive_rows.n,
            -- Interpolated in doubles, 0.9 of the way between two whole numbers has a hair too much in its last bits; seven decimals are exact.
            {{ rounded(list_element('ranked_cells.' ~ measure.name, loop.index), 7) }} as quantile

        from additive_rows
        left join ranked_cells
            on {{ same_cell('additive_rows', 'ranked_cells') }}
        where additive_rows.measure = '{{ measure.name }}'
        {%- endfor %}
        {%- endfor %}
        {%- for measure in distinct %}

        union all

        select
            '{{ measure.name }}' as measure,
            additive_rows.period_grain,
            additive_rows.period_start,
            additive_rows.dimension,
            additive_rows.member,

            cast(coalesce(distinct_cells.{{ measure.name }}, 0) as decimal(38, 6)) as total,
            cast(null as decimal(38, 12)) as squares,
            cast(coalesce(distinct_cells.{{ measure.name }}, 0) as {{ type_integer() }}) as n,
            cast(null as {{ type_double() }}) as quantile

        from additive_rows
        left join distinct_cells
            on {{ same_cell('additive_rows', 'distinct_cells') }}
        where additive_rows.measure = '{{ additive[0].name }}'
        {%- endfor %}

    )

    select
        measure_rows.measure,
        measure_rows.period_grain,
        measure_rows.period_start,
        measure_rows.dimension,
        measure_rows.member,

        measure_rows.total,
        measure_rows.squares,
        measure_rows.n,
        measure_rows.quantile

    from measure_rows
    where
        measure_rows.n > 0
        or measure_rows.dimension not in ({{ detailed_dimension_list() }})
{%- endmacro %}
