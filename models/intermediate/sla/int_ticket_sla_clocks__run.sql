-- From when to when did a ticket's service-level clocks run? A view: only fct_ticket_sla reads it.
--
-- The first reply clock stops at the first human reply, or at the resolution if that came before it: nobody waits for a reply to
-- what is solved. The resolution clock stops at the resolution, the result-feedback clock starts there.
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

    case when metrics.metric = 'result_feedback' then tickets.resolved_at else tickets.created_at end as started_at,
    case metrics.metric
        when 'first_reply' then least(tickets.first_reply_at, tickets.resolved_at)
        when 'resolution' then tickets.resolved_at
        else tickets.result_feedback_at
    end as stopped_at

from {{ ref('fct_tickets') }} as tickets
cross join metrics
where tickets.is_in_scope
