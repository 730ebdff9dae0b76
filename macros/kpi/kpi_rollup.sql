{#-
  Rolls an observation up to period × member in one pass, for every KPI family alike.

  relation      the observation: one row per thing observed
  date_column   its date in the business time zone; rows without one are left out
  dimensions    names of its dimension columns; a null member is 'unknown', so that the members of a dimension add up to overall
  measures      a list of {id, kind, …}; the columns named are columns of the observation, flags are booleans or 0/1:
                  sum             value
                  mean            value
                  median, p90     value
                  ratio           flag: rows where it is true among those where it is not null; or
                                  numerator, denominator (all rows without one): rows of the denominator that are in the numerator
                  distinct_ratio  key, numerator, denominator: the same, of distinct keys
                  weighted_ratio  weight, numerator, denominator: the same, of weights
                  quotient        numerator ÷ denominator, sums of two columns, or denominator_key for a count of distinct keys: no interval
                sum, mean, median, p90 and quotient take a divisor (60 turns seconds into minutes once they are summed exactly)
  per           a key of which each cell first makes one row: a flag then is true if any of the key's rows in the cell says so, or with
                latest_by what the latest of them says, null if none says anything. Ratios only.

  Columns: period_grain, period_start, dimension ('overall' or a dimension), member ('all' or a member), and of each measure <id>, <id>_numerator,
  <id>_denominator, <id>_n, <id>_lower, <id>_upper.
-#}
{% macro kpi_rollup(relation, date_column, dimensions, measures, per=none) -%}
    {%- set inputs = [] -%}
    {%- for measure in measures -%}
        {%- for input in kpi_measure_inputs(measure) if input not in inputs -%}
            {%- do inputs.append(input) -%}
        {%- endfor -%}
        {%- if per and measure.kind != 'ratio' -%}
            {%- do exceptions.raise_compiler_error("kpi_rollup: measure '" ~ measure.id ~ "' is a " ~ measure.kind ~ "; a roll-up per key knows ratios only") -%}
        {%- endif -%}
    {%- endfor -%}
    select
        cells.period_grain,
        cells.period_start,
        cells.dimension,
        cells.member
        {%- for measure in measures %}
            {%- for name, expression in kpi_measure_columns(measure).items() %},
        {{ expression }} as {{ name }}
            {%- endfor %}
        {%- endfor %}

    from (

        select
            {% if per -%}
            observed.period_grain,
            observed.period_start,
            observed.dimension,
            observed.member
            {%- else -%}
            {{ kpi_cell_columns(dimensions) }}
            {%- endif %}
            {%- for measure in measures %}
                {%- set counted = {'id': measure.id, 'kind': 'ratio', 'flag': measure.id ~ '_flag'} if per else measure %}
                {%- for name, aggregate in kpi_measure_parts(counted).items() %},
            {{ aggregate }} as {{ name }}
                {%- endfor %}
            {%- endfor %}

        from (
            {%- if per %}

            select
            {{ kpi_cell_columns(dimensions) }}
                {%- for measure in measures %}
                {%- if measure.get('latest_by') %}
                {%- set flag = 'cast(observed.' ~ measure.flag ~ ' as ' ~ type_integer() ~ ')' %},
                max_by({{ flag }}, observed.{{ measure.latest_by }}) filter (where {{ flag }} is not null) as {{ measure.id }}_flag
                {%- elif measure.get('flag') %},
                max(cast(observed.{{ measure.flag }} as {{ type_integer() }})) as {{ measure.id }}_flag
                {%- else %}
                {%- set in_denominator = is_true('observed.' ~ measure.denominator) if measure.get('denominator') else 'true' %},
                max(case
                    when {{ in_denominator }} and {{ is_true('observed.' ~ measure.numerator) }} then 1
                    when {{ in_denominator }} then 0
                end) as {{ measure.id }}_flag
                {%- endif %}
                {%- endfor %}

            from (
            {%- endif %}

            select
                {% for grain in kpi_grains() -%}
                {{ period_start(grain, 'observed.' ~ date_column) }} as {{ grain }}_start,
                {% endfor -%}
                {% for dimension in dimensions -%}
                coalesce(cast(observed.{{ dimension }} as {{ type_text() }}), 'unknown') as member_{{ dimension }},
                {% endfor -%}
                {% if per -%}
                observed.{{ per }} as rolled_up_per,
                {% endif -%}
                {% for input in inputs -%}
                observed.{{ input }}{{ ',' if not loop.last }}
                {% endfor %}
            from {{ relation }} as observed
            where observed.{{ date_column }} is not null
            {%- if per %}

            ) as observed
            {{ kpi_grouping_sets(dimensions, ['rolled_up_per']) }}
            {%- endif %}

        ) as observed
        {% if per -%}
        group by observed.period_grain, observed.period_start, observed.dimension, observed.member
        {%- else -%}
        {{ kpi_grouping_sets(dimensions) }}
        {%- endif %}

    ) as cells
{%- endmacro %}
