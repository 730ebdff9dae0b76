{#- Each period with the first days of the two that it is compared with: the period before, and the same period last year. -#}
{% macro compared_periods() -%}
    select
        periods.period_grain,
        periods.period_start,

        {{ previous_period_start('periods.period_grain', 'periods.period_start') }} as previous_start,
        {{ last_year_period_start('periods.period_grain', 'periods.period_start') }} as last_year_start

    from {{ ref('int_periods__spined') }} as periods
{%- endmacro %}
