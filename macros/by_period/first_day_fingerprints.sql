{#- From which day on there is data of each date by which KPIs count, over all and in each shop and source system: which periods are whole hangs on it everywhere. -#}
{% macro first_day_fingerprints(families) -%}
    select
        'first_day of ' || first_days.date_basis || ' under ' || first_days.dimension || ' ' || first_days.member as input,
        'all' as period_grain,
        cast('1970-01-01' as {{ type_date() }}) as period_start,
        cast(first_days.first_on as {{ type_text() }}) as fingerprint

    from ({{ first_days_of(families) }}) as first_days
{%- endmacro %}
