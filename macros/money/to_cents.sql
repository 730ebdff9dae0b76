{#- A computed amount as money, to the cent, half a cent up. By way of a decimal: as a double 64.335 is a hair less than it says, and one engine
    would round it down and the other up. -#}
{% macro to_cents(amount) -%}
    cast(round(cast({{ amount }} as decimal(38, 6)), 2) as {{ type_money() }})
{%- endmacro %}
