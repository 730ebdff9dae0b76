{#- The number of the 15-minute slot, counted from 1970 in UTC, that a moment lies in. Every zone in use is off UTC by whole slots. -#}
{% macro slot_of(moment) -%}
    cast(floor({{ epoch_seconds(moment) }} / 900.0) as {{ type_integer() }})
{%- endmacro %}
