{#- Seconds from one moment to another as the ticket clock reads them: whole seconds, so that parts add up to their whole exactly. -#}
{% macro clock_seconds(earlier, later) -%}
    ({{ epoch_seconds(later) }} - {{ epoch_seconds(earlier) }})
{%- endmacro %}
