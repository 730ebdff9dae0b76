{#- The values that a column has in the rows that a by_key model made anew, and had in those that they replaced (tells_before). -#}
{% macro values_before_and_after(model_name, column) -%}
    select replaced.{{ column }} as row_key
    from {{ working_table(model_name ~ '__before') }} as replaced

    union

    select made.{{ column }} as row_key
    from {{ working_table(model_name) }} as made
{%- endmacro %}
