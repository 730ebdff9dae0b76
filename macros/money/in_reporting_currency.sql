{#- An amount in the reporting currency, to the cent. Null where the rate is missing: a rate is never taken to be 1. -#}
{% macro in_reporting_currency(amount, rate) -%}
    cast(round({{ amount }} * {{ rate }}, 2) as {{ type_money() }})
{%- endmacro %}
