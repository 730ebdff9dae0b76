{#- Of each date by which KPIs count, the first day on which one of its KPIs has a case. -#}
{% macro first_days_of(families) -%}
    select
        definitions.date_basis,
        min(days.period_start) as first_on

    from (
        {%- for family in families %}
        select
            kpis.kpi_id,
            kpis.period_start
        from {{ family }} as kpis
        where
            kpis.period_grain = 'day'
            and kpis.dimension = 'overall'
            and kpis.n > 0
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as days
    inner join {{ ref('kpi_definitions') }} as definitions
        on days.kpi_id = definitions.kpi_id
    group by definitions.date_basis
{%- endmacro %}
