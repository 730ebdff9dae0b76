-- Whether a reply is a person's or a bot's is said by the staff list. Counts the replies in scope by somebody who was on none at that
-- moment: what they could change is null (docs/decisions/0112-clock-a-reply-by-nobody-known-leaves-open-what-it-could-change.md).
{{ config(severity='warn', fail_calc='coalesce(sum(reply_count), 0)') }}

select
    tickets.source_system,

    sum(tickets.reply_without_role_count) as reply_count

from {{ ref('fct_tickets') }} as tickets
where
    tickets.is_in_scope
    and tickets.reply_without_role_count > 0
group by tickets.source_system
