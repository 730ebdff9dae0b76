{#-
  Measures as shares of another, one row per cell and measure, for parts of a whole such as the five scores. Cells in which the whole is empty are
  left out. Columns: the cell, part, case_count, total_count, share, lower, upper.

  measures   the measure table
  parts      a dict of measure to what the part is called
  whole      the measure of which they are parts
-#}
{% macro kpi_shares(measures, parts, whole) -%}
    select
        wholes.period_grain,
        wholes.period_start,
        wholes.dimension,
        wholes.member,
        part_names.part,
        coalesce(parts.n, 0) as case_count,
        wholes.n as total_count,
        {{ safe_divide('coalesce(parts.n, 0)', 'wholes.n') }} as share,
        {{ wilson_bound('-', 'coalesce(parts.n, 0)', 'wholes.n') }} as lower,
        {{ wilson_bound('+', 'coalesce(parts.n, 0)', 'wholes.n') }} as upper

    from {{ in_touched_periods(measures, 'wholes') }}
    cross join (
        {%- for measure, part in parts.items() %}
        select '{{ measure }}' as measure, '{{ part }}' as part
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as part_names
    left join {{ measures }} as parts
        on
            part_names.measure = parts.measure
            and wholes.period_grain = parts.period_grain
            and wholes.period_start = parts.period_start
            and wholes.dimension = parts.dimension
            and wholes.member = parts.member
    where wholes.measure = '{{ whole }}' and wholes.n > 0
{%- endmacro %}
