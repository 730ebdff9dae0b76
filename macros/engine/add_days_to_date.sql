{% macro add_days_to_date(day, number) -%}
    {{ adapter.dispatch('add_days_to_date', 'aftersales')(day, number) }}
{%- endmacro %}

{% macro default__add_days_to_date(day, number) -%}
    (cast({{ day }} as date) + cast({{ number }} as integer))
{%- endmacro %}

{% macro spark__add_days_to_date(day, number) -%}
    date_add(cast({{ day }} as date), cast({{ number }} as int))
{%- endmacro %}
