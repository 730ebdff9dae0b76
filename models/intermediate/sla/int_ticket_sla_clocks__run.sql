-- From when to when did a ticket's service-level clocks run? A view: only fct_ticket_sla reads it.
--
-- The first reply clock stops at the first human reply, or at the resolution if that came before it: nobody waits for a reply to
-- what is solved. The resolution clock stops at the resolution, the result-feedback clock starts there.
{{ config(materialized='view') }}

with

tickets as (

    select
        tickets.ticket_key,
        tickets.source_system,

        tickets.channel,
        tickets.issue_type,
        tickets.priority,

        tickets.is_resolved,

        tickets.created_at,
        tickets.first_reply_at,
        tickets.resolved_at,
        tickets.result_feedback_at

    from {{ ref('fct_tickets') }} as tickets
    where tickets.is_in_scope

)

select
    tickets.ticket_key,
    tickets.source_system,

    'first_reply' as metric,
    tickets.channel,
    tickets.issue_type,
    tickets.priority,

    tickets.is_resolved,

    tickets.created_at as started_at,
    least(tickets.first_reply_at, tickets.resolved_at) as stopped_at

from tickets

union all

select
    tickets.ticket_key,
    tickets.source_system,

    'resolution' as metric,
    tickets.channel,
    tickets.issue_type,
    tickets.priority,

    tickets.is_resolved,

    tickets.created_at as started_at,
    tickets.resolved_at as stopped_at

from tickets

union all

select
    tickets.ticket_key,
    tickets.source_system,

    'result_feedback' as metric,
    tickets.channel,
    tickets.issue_type,
    tickets.priority,

    tickets.is_resolved,

    tickets.resolved_at as started_at,
    tickets.result_feedback_at as stopped_at

from tickets
