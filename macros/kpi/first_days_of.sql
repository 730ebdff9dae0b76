{#-
  From when on there is data of each date by which KPIs count: the first day on which one of its KPIs has a case, over all, in each shop and in
  each source system.
-#}
{% macro first_days_of(families) -%}
    select
        definitions.date_basis,
        days.dimension,
        days.member,

        min(days.period_start) as first_on

    from (
        {%- for family in families %}
        select
            kpis.kpi_id,
            kpis.period_start,
            kpis.dimension,
            kpis.member
        from {{ family }} as kpis
        where
            kpis.period_grain = 'day'
            and kpis.dimension in ('overall', 'shop', 'source_system')
            and kpis.n > 0
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as days
    inner join {{ ref('kpi_definitions') }} as definitions
        on days.kpi_id = definitions.kpi_id
    group by definitions.date_basis, days.dimension, days.member
{%- endmacro %}
