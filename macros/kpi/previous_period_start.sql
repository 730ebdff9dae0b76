{#- The first day of the period before: the one that the day before this period's first day belongs to. -#}
{% macro previous_period_start(grain, start) -%}
    case {{ grain }}
        {%- for name in kpi_grains() %}
        when '{{ name }}' then {{ period_start(name, add_days_to_date(start, -1)) }}
        {%- endfor %}
    end
{%- endmacro %}
