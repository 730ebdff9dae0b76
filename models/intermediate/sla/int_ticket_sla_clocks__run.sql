-- From when to when did a ticket's service-level clocks run? A view: only fct_ticket_sla reads it.
--
-- The first reply clock stops at the first human reply, or at the first resolution if that came before it: nobody waits for a reply to
-- what is solved, and what comes after a reopening is no first reply. Where the first reply may have been one that no clock saw, before
-- the creation, by somebody without a role or at a desk that tells none, it may have stopped before. The resolution clock stops at the
-- resolution, the result-feedback clock starts there. A ticket first heard of when it had been solved was so at some moment before.
{{ config(materialized='view') }}

with

metrics as (

    select 'first_reply' as metric

    union all

    select 'resolution' as metric

    union all

    select 'result_feedback' as metric

)

select
    tickets.ticket_key,
    tickets.source_system,

    metrics.metric,
    tickets.channel,
    tickets.issue_type,
    tickets.priority,

    tickets.is_resolved,
    metrics.metric = 'first_reply' and (
        coalesce(resolutions.was_resolved_before, false)
        or tickets.human_reply_count is null
        or coalesce(contacts.is_answered_before_creation, false)
        or coalesce(
            contacts.first_reply_without_role_at < least(contacts.first_human_reply_at, tickets.first_resolved_at),
            contacts.first_reply_without_role_at is not null
        )
    )
    or metrics.metric = 'resolution'
    and coalesce(resolutions.was_resolved_before and resolutions.reopen_count = 0, false) as may_have_stopped_before,

    case when metrics.metric = 'result_feedback' then tickets.resolved_at else tickets.created_at end as started_at,
    case metrics.metric
        when 'first_reply' then least(contacts.first_human_reply_at, tickets.first_resolved_at)
        when 'resolution' then tickets.resolved_at
        else tickets.result_feedback_at
    end as stopped_at

from {{ ref('fct_tickets') }} as tickets
cross join metrics
left join {{ ref('int_ticket_contacts__counted') }} as contacts
    on tickets.ticket_key = contacts.ticket_key
left join {{ ref('int_ticket_resolutions__found') }} as resolutions
    on tickets.ticket_key = resolutions.ticket_key
where tickets.is_in_scope
