-- One row per ticket: what it is about, where it stands, and what its clock reads.
select
    tickets.ticket_key,
    tickets.source_system,
    tickets.ticket_id,
    tickets.customer_key,
    tickets.order_key,
    tickets.merchant_key,
    tickets.product_key,
    tickets.merged_into_ticket_key,
    tickets.agent_key,

    tickets.agent_team,
    tickets.channel,
    tickets.issue_type,
    tickets.priority,
    tickets.resolution_code,
    tickets.status,

    tickets.is_in_scope,
    tickets.is_spam,
    tickets.is_merged,
    tickets.is_pre_sale,
    tickets.is_complaint,
    tickets.is_resolved,

    tickets.event_count,
    tickets.event_before_creation_count,
    tickets.human_reply_count,
    tickets.bot_reply_count,
    tickets.reply_without_role_count,
    tickets.customer_reply_count,
    tickets.escalation_count,
    tickets.assigned_agent_count,
    tickets.reopen_count,

    tickets.queue_minutes,
    tickets.first_reply_minutes,
    tickets.first_bot_reply_minutes,
    tickets.first_resolution_minutes,
    tickets.resolution_minutes,

    tickets.created_at,
    tickets.created_on,
    tickets.first_assigned_at,
    tickets.first_reply_at,
    tickets.first_bot_reply_at,
    tickets.first_resolved_at,
    tickets.resolved_at,
    tickets.resolved_on,


from {{ ref('int_tickets__measured') }} as tickets
