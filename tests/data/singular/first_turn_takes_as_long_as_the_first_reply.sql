-- The first turn of a ticket that its customer began is the wait for the first reply: two roads to one number.
select
    tickets.ticket_key,

    turns.outcome,

    tickets.first_reply_seconds,
    turns.reply_seconds,
    tickets.first_reply_business_seconds,
    turns.reply_business_seconds

from {{ ref('fct_tickets') }} as tickets
inner join {{ ref('fct_ticket_turns') }} as turns
    on
        tickets.ticket_key = turns.ticket_key
        and turns.opened_by = 'creation'
where
    coalesce(tickets.first_reply_seconds, -1) <> coalesce(turns.reply_seconds, -1)
    or coalesce(tickets.first_reply_business_seconds, -1) <> coalesce(turns.reply_business_seconds, -1)
