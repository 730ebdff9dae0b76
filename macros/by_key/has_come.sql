{#- Whether so many seconds after a moment were over at one of as_of and the as_of of the build before, and not at the other. -#}
{% macro has_come(moment, seconds) -%}
    coalesce({{ elapsed_seconds(moment, as_of()) }} >= {{ seconds }}, false)
    <> coalesce({{ elapsed_seconds(moment, was_as_of()) }} >= {{ seconds }}, false)
{%- endmacro %}
