{#- Whether rows of two relations stand in the same cell. -#}
{% macro same_cell(left, right) -%}
    {{ left }}.period_grain = {{ right }}.period_grain
            and {{ left }}.period_start = {{ right }}.period_start
            and {{ left }}.dimension = {{ right }}.dimension
            and {{ left }}.member = {{ right }}.member
{%- endmacro %}
