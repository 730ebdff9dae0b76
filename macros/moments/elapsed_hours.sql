{#- Hours that a step took. Null, not negative, where the moments stand in the wrong order: such a row knows no duration. -#}
{% macro elapsed_hours(earlier, later) -%}
    case when {{ earlier }} <= {{ later }} then {{ hours_between(earlier, later) }} end
{%- endmacro %}
