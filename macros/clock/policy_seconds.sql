{#- How long a service level's clock runs from one moment to another: as its policy reads time, by the calendar's hours (open_seconds_between) or by all. -#}
{% macro policy_seconds(clock, earlier, later) -%}
    case
        when {{ clock }} = 'calendar' then {{ clock_seconds(earlier, later) }}
        else {{ open_seconds_between(earlier, later) }}
    end
{%- endmacro %}
