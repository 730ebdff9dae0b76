{# What an event says a status or a priority is: itself when the contract lists it, else 'unknown'; values of other events as they
   are. A source may write anything there, and what it wrote would be published with the ticket. #}
{% macro listed_value(event_type, value) -%}
    case
        when {{ event_type }} = 'status_changed'
            and {{ value }} not in ('new', 'open', 'pending', 'on_hold', 'solved', 'closed') then 'unknown'
        when {{ event_type }} = 'priority_changed' and {{ value }} not in ('urgent', 'high', 'normal', 'low') then 'unknown'
        else {{ value }}
    end
{%- endmacro %}
