{# By way of a decimal: a double that ends in 5 is a hair more or less than it says, and one engine would round it down and the other up. #}
{% macro rounded(value, places) -%}
    cast(round(cast({{ value }} as decimal(38, {{ places + 6 }})), {{ places }}) as {{ type_double() }})
{%- endmacro %}
