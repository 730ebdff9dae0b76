{#- Whether a version, which has applies_from and applies_to, is the one in force at a moment: at its beginning it is, at its end it is not. -#}
{% macro in_force_at(versions, moment) -%}
    {{ versions }}.applies_from <= {{ moment }} and {{ moment }} < {{ versions }}.applies_to
{%- endmacro %}
