{#- A value that was said at a moment: null while that moment lies after as_of. Without a moment the value is taken as said. -#}
{% macro known_with(moment, value) -%}
    case when {{ moment }} > {{ as_of() }} then null else {{ value }} end
{%- endmacro %}
