-- On which ticket does a ticket's story go on, once it was merged away? A chain of merges ends at its last ticket that was delivered. Of
-- tickets that were merged in a ring the one that was opened first survives: somebody asked, and somebody has to be counted.
-- noqa: disable=LT02,PRS
{% set doublings = 6 -%}

with

-- Only merges into a ticket that is there: who was merged into one that never came goes on alone.
merges as (

    {% call calculated_once('merges') -%}
    select
        tickets.ticket_key,
        tickets.merged_into_ticket_key as parent_key,

        row_number() over (
            order by tickets.created_at nulls last, {{ id_order('tickets.ticket_key') }} nulls last, tickets.ticket_key nulls last
        ) as opening_number

    from {{ ref('int_tickets__unioned') }} as tickets
    inner join {{ ref('int_tickets__unioned') }} as parents
        on tickets.merged_into_ticket_key = parents.ticket_key
    {%- endcall %}

),

-- Where a ticket's merges lead in 1, 2, 4 … steps, and who of those on the way was opened first.
after_0_doublings as (

    select
        merges.ticket_key,
        merges.parent_key as later_key,

        merges.opening_number as first_opening_number

    from merges

),
{% for doubling in range(1, doublings + 1) %}
after_{{ doubling }}_doublings as (

    {% call calculated_once('after_' ~ doubling ~ '_doublings') -%}
    select
        steps.ticket_key,
        coalesce(later_steps.later_key, steps.later_key) as later_key,

        least(steps.first_opening_number, later_steps.first_opening_number) as first_opening_number

    from after_{{ doubling - 1 }}_doublings as steps
    left join after_{{ doubling - 1 }}_doublings as later_steps
        on steps.later_key = later_steps.ticket_key
    {%- endcall %}

),
{% endfor %}
survivors as (

    select
        steps.ticket_key,
        -- Who has come so far and is merged still goes round in a ring.
        coalesce(first_of_ring.ticket_key, steps.later_key) as surviving_ticket_key

    from after_{{ doublings }}_doublings as steps
    left join after_{{ doublings }}_doublings as rings
        on steps.later_key = rings.ticket_key
    left join merges as first_of_ring
        on rings.first_opening_number = first_of_ring.opening_number

)

select
    survivors.ticket_key,
    survivors.surviving_ticket_key

from survivors
where survivors.ticket_key <> survivors.surviving_ticket_key
