{#- A moment if it had come by as_of, else null: what has not happened yet is not known. -#}
{% macro known_at(moment) -%}
    case when {{ moment }} <= {{ as_of() }} then {{ moment }} end
{%- endmacro %}
