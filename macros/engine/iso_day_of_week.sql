{% macro iso_day_of_week(day) -%}
    {{ adapter.dispatch('iso_day_of_week', 'aftersales')(day) }}
{%- endmacro %}

{% macro default__iso_day_of_week(day) -%}
    isodow(cast({{ day }} as date))
{%- endmacro %}

{% macro spark__iso_day_of_week(day) -%}
    cast(weekday(cast({{ day }} as date)) + 1 as bigint)
{%- endmacro %}
