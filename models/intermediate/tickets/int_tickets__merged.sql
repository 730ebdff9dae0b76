-- On which ticket does a ticket's story go on, once it was merged away? A chain of merges ends at its last ticket.
-- noqa: disable=LT02
{% set longest_chain = 5 -%}

with

tickets as (

    select
        tickets.ticket_key,
        tickets.merged_into_ticket_key

    from {{ ref('int_tickets__unioned') }} as tickets
    where tickets.merged_into_ticket_key is not null

)

select
    tickets.ticket_key,

    coalesce(
        {%- for step in range(longest_chain, 0, -1) %}
        parents_{{ step }}.merged_into_ticket_key,
        {%- endfor %}
        tickets.merged_into_ticket_key
    ) as surviving_ticket_key

from tickets
{%- for step in range(1, longest_chain + 1) %}
left join tickets as parents_{{ step }}
    on {{ 'tickets' if step == 1 else 'parents_' ~ (step - 1) }}.merged_into_ticket_key = parents_{{ step }}.ticket_key
{%- endfor %}
