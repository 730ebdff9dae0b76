{#-
  The KPIs of a family mart as rows: one per KPI and cell in which it applies. Columns: kpi_id, the cell, value, numerator, denominator, n,
  lower, upper. A select without rows stands first: it names and types the columns.
-#}
{% macro kpi_unpivot(family_mart) -%}
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
        cast(null as {{ type_double() }}) as upper
    where 1 = 0
    {%- for kpi_id in kpi_ids_of(family_mart.identifier) %}

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
        family.{{ kpi_id }}_upper as upper

    from {{ family_mart }} as family
    where family.{{ kpi_id }}_n is not null
    {%- endfor %}
{%- endmacro %}
