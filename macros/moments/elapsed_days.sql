{#- Days from one date to another. Null, not negative, where they stand in the wrong order. -#}
{% macro elapsed_days(earlier_date, later_date) -%}
    case
        when {{ earlier_date }} <= {{ later_date }}
            then cast({{ days_between(earlier_date, later_date) }} as {{ type_integer() }})
    end
{%- endmacro %}
