{#- The open seconds of a calendar from one moment to another, whose slots are joined by slots_at_both_ends. -#}
{% macro open_seconds_between(earlier, later) -%}
    {{ open_seconds_until('end_slots', later) }} - {{ open_seconds_until('start_slots', earlier) }}
{%- endmacro %}
