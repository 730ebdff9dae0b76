{#-
  The KPIs of a family mart as rows: one per KPI and cell in which it applies. A merchant or agent without a case of a KPI has no row of it: there are
  many of them, and most had nothing to do with most KPIs in most months.

  compared   the CTE that kpi_compared made of a family mart
  kpi_ids    the KPIs that the mart holds

  Columns: kpi_id, the cell, value, numerator, denominator, n, lower, upper, previous_value, last_year_value. A select without rows stands first: it
  names and types the columns.
-#}
{% macro kpi_unpivot(compared, kpi_ids) -%}
    select
        cast(null as {{ type_text() }}) as kpi_id,
        cast(null as {{ type_text() }}) as period_grain,
        cast(null as {{ type_date() }}) as period_start,
        cast(null as {{ type_text() }}) as dimension,
        cast(null as {{ type_text() }}) as member,
        cast(null as {{ type_double() }}) as value,
        cast(null as {{ type_double() }}) as numerator,
        cast(null as {{ type_double() }}) as denominator,
        cast(null as {{ type_integer() }}) as n,
        cast(null as {{ type_double() }}) as lower,
        cast(null as {{ type_double() }}) as upper,
        cast(null as {{ type_double() }}) as previous_value,
        cast(null as {{ type_double() }}) as last_year_value
    where 1 = 0
    {%- for kpi_id in kpi_ids %}

    union all

    select
        '{{ kpi_id }}' as kpi_id,
        family.period_grain,
        family.period_start,
        family.dimension,
        family.member,
        family.{{ kpi_id }} as value,
        family.{{ kpi_id }}_numerator as numerator,
        family.{{ kpi_id }}_denominator as denominator,
        family.{{ kpi_id }}_n as n,
        family.{{ kpi_id }}_lower as lower,
        family.{{ kpi_id }}_upper as upper,
        family.{{ kpi_id }}_previous as previous_value,
        family.{{ kpi_id }}_last_year as last_year_value

    from {{ compared }} as family
    where
        family.{{ kpi_id }}_n is not null
        and (family.{{ kpi_id }}_n > 0 or family.dimension not in ('{{ kpi_detailed_dimensions() | join("', '") }}'))
    {%- endfor %}
{%- endmacro %}
