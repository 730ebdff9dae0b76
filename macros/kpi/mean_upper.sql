{% macro mean_upper(cases, total, total_of_squares) -%}
    {{ mean_bound('+', cases, total, total_of_squares) }}
{%- endmacro %}
