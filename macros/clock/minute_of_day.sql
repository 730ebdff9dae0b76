{#- The minute of the day of a time written as HH:MM; 24:00 is 1440. -#}
{% macro minute_of_day(time_text) -%}
    (
        cast(substring({{ time_text }}, 1, 2) as {{ type_integer() }}) * 60
        + cast(substring({{ time_text }}, 4, 2) as {{ type_integer() }})
    )
{%- endmacro %}
