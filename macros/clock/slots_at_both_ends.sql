{#- Joins the slots of a calendar in which two moments lie, as start_slots and end_slots: what open_seconds_between reads. -#}
{% macro slots_at_both_ends(calendar_code, earlier, later) -%}
    left join {{ ref('int_calendar_slots__accumulated') }} as start_slots
        on
            {{ calendar_code }} = start_slots.calendar_code
            and {{ slot_of(earlier) }} = start_slots.slot_number
    left join {{ ref('int_calendar_slots__accumulated') }} as end_slots
        on
            {{ calendar_code }} = end_slots.calendar_code
            and {{ slot_of(later) }} = end_slots.slot_number
{%- endmacro %}
