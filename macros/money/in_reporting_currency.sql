{#-
  An amount in the reporting currency, to the cent. Null where the rate is missing: a rate is never taken to be 1.
  Widened to 19 digits, since DuckDB multiplies two decimals of 18 digits in 64 bits and overflows at 922 million; with 19 the
  product fits the 38 digits of each engine exactly.
-#}
{% macro in_reporting_currency(amount, rate) -%}
    cast(round(cast({{ amount }} as decimal(19, 2)) * {{ rate }}, 2) as {{ type_money() }})
{%- endmacro %}
