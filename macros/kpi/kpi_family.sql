{#-
  The select that joins the roll-ups of several observations to one family mart.

  rollups    a list of {name, dimensions, measures}: name is the CTE that holds the roll-up, the rest is what it was made with

  A cell that one roll-up has and another has not is nothing counted there: 0 cases, and null where there is nothing to divide. A dimension that a
  roll-up does not know leaves its KPIs null down to n: they do not apply there. A count of something that was never delivered at all is null,
  not 0: nobody knows. The running period is always present overall, so that every
  KPI is found at every grain even when nothing has happened yet.
-#}
{% macro kpi_family(rollups) -%}
select
    periods.period_grain,
    periods.period_start,
    periods.dimension,
    periods.member
    {%- for rollup in rollups %}
    {%- set applies = "periods.dimension in ('overall', '" ~ rollup.dimensions | join("', '") ~ "')" if rollup.dimensions else "periods.dimension = 'overall'" %}
    {%- for measure in rollup.measures %}
    {%- set kind = measure.kind %}
    {%- set additive = ['_n'] %}
    {%- do additive.extend({'sum': [], 'median': [], 'p90': [], 'weighted_ratio': []}.get(kind, ['_numerator', '_denominator'])) %}
    {%- for suffix in ['', '_numerator', '_denominator', '_n', '_lower', '_upper'] %},
    {% set column = rollup.name ~ '.' ~ measure.id ~ suffix -%}
    {% if kind == 'sum' and suffix in ('', '_numerator') -%}
    case
        when {{ applies }} and max({{ rollup.name }}.{{ measure.id }}_n) over () > 0 then coalesce({{ column }}, 0)
    end as {{ measure.id }}{{ suffix }}
    {%- elif suffix in additive -%}
    case when {{ applies }} then coalesce({{ column }}, 0) end as {{ measure.id }}{{ suffix }}
    {%- else -%}
    {{ column }}
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}

from (
    {% for rollup in rollups %}
    select
        {{ rollup.name }}.period_grain,
        {{ rollup.name }}.period_start,
        {{ rollup.name }}.dimension,
        {{ rollup.name }}.member

    from {{ rollup.name }}

    union
    {% endfor %}
    {%- for grain in kpi_grains() %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, business_date('resolved.as_of_at')) }} as period_start,
        'overall' as dimension,
        'all' as member

    from {{ ref('int_as_of__resolved') }} as resolved
    where resolved.as_of_at is not null
    {{ 'union' if not loop.last }}
    {% endfor %}
) as periods
{%- for rollup in rollups %}
left join {{ rollup.name }}
    on periods.period_grain = {{ rollup.name }}.period_grain
    and periods.period_start = {{ rollup.name }}.period_start
    and periods.dimension = {{ rollup.name }}.dimension
    and periods.member = {{ rollup.name }}.member
{%- endfor %}
{%- endmacro %}
