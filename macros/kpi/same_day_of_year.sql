{#- Whether two dates bear the same day and month. -#}
{% macro same_day_of_year(one_day, other_day) -%}
    (extract(day from {{ one_day }}) = extract(day from {{ other_day }})
        and extract(month from {{ one_day }}) = extract(month from {{ other_day }}))
{%- endmacro %}
