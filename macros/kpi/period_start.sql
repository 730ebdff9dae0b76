{#- The first day of the period that a day belongs to. Weeks are ISO weeks: they begin on Monday. -#}
{% macro period_start(grain, day) -%}
    cast(date_trunc('{{ grain }}', {{ day }}) as date)
{%- endmacro %}
