{% macro days_between(earlier_date, later_date) -%}
    {{ adapter.dispatch('days_between', 'aftersales')(earlier_date, later_date) }}
{%- endmacro %}

{% macro default__days_between(earlier_date, later_date) -%}
    date_diff('day', cast({{ earlier_date }} as date), cast({{ later_date }} as date))
{%- endmacro %}

{% macro spark__days_between(earlier_date, later_date) -%}
    cast(datediff(cast({{ later_date }} as date), cast({{ earlier_date }} as date)) as bigint)
{%- endmacro %}
