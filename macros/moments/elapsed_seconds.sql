{#- Whole seconds that a step took, which add up exactly. Null, not negative, where the moments stand in the wrong order. -#}
{% macro elapsed_seconds(earlier, later) -%}
    case when {{ earlier }} <= {{ later }} then {{ clock_seconds(earlier, later) }} end
{%- endmacro %}
