{#- The first day of the period in which as_of lay some days ago: what begins earlier has ended at least that long. Reads `resolved`. -#}
{% macro last_settled_start(grain, days) -%}
    {{ period_start(grain, add_days_to_date(business_date('resolved.as_of_at'), '-1 * ' ~ days)) }}
{%- endmacro %}
