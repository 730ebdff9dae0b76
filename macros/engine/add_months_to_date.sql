{% macro add_months_to_date(day, number) -%}
    {{ adapter.dispatch('add_months_to_date', 'aftersales')(day, number) }}
{%- endmacro %}

{% macro default__add_months_to_date(day, number) -%}
    cast(cast({{ day }} as date) + to_months(cast({{ number }} as integer)) as date)
{%- endmacro %}

{% macro spark__add_months_to_date(day, number) -%}
    add_months(cast({{ day }} as date), cast({{ number }} as int))
{%- endmacro %}
