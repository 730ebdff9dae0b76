{#-
  The open seconds of a calendar from its beginning until a moment. `slots` is the alias of int_calendar_slots__accumulated,
  joined on the slot of that moment. The open seconds between two moments are the difference of two of these.
-#}
{% macro open_seconds_until(slots, moment) -%}
    ({{ slots }}.open_seconds_before + {{ slots }}.open_share * ({{ epoch_seconds(moment) }} - {{ slots }}.slot_number * 900))
{%- endmacro %}
