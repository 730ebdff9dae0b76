{#- As exact_sum, of the squares. One factor is a digit wider: DuckDB keeps a product of two decimal(18) inside 18 digits, which overflows. -#}
{% macro exact_sum_of_squares(value) -%}
    sum(cast({{ value }} as decimal(18, 6)) * cast({{ value }} as decimal(19, 6)))
{%- endmacro %}
