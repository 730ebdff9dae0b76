{#-
  A family mart with, beside each figure, the same figure of the previous period (<id>_previous) and of the same period last year (<id>_last_year).
  The mart is joined to itself once for all its KPIs, before they become rows.
-#}
{% macro kpi_compared(family_mart, kpi_ids) -%}
    select
        family.period_grain,
        family.period_start,
        family.dimension,
        family.member
        {%- for kpi_id in kpi_ids %},
        {%- for suffix in ['', '_numerator', '_denominator', '_n', '_lower', '_upper'] %}
        family.{{ kpi_id }}{{ suffix }},
        {%- endfor %}
        previous.{{ kpi_id }} as {{ kpi_id }}_previous,
        last_year.{{ kpi_id }} as {{ kpi_id }}_last_year
        {%- endfor %}

    from {{ family_mart }} as family
    left join {{ family_mart }} as previous
        on
            family.period_grain = previous.period_grain
            and {{ previous_period_start('family.period_grain', 'family.period_start') }} = previous.period_start
            and family.dimension = previous.dimension
            and family.member = previous.member
    left join {{ family_mart }} as last_year
        on
            family.period_grain = last_year.period_grain
            and {{ last_year_period_start('family.period_grain', 'family.period_start') }} = last_year.period_start
            and family.dimension = last_year.dimension
            and family.member = last_year.member
{%- endmacro %}
