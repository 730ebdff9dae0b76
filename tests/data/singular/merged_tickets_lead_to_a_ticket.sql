-- Who was merged away is counted where the merge leads. Who is merged in a ring, or into a ticket that is not there, goes on alone.
{{ config(severity='warn') }}

select
    tickets.ticket_key,
    tickets.merged_into_ticket_key

from {{ ref('int_tickets__unioned') }} as tickets
left join {{ ref('int_tickets__merged') }} as merged_tickets
    on tickets.ticket_key = merged_tickets.ticket_key
where
    tickets.merged_into_ticket_key is not null
    and merged_tickets.ticket_key is null
