-- Everything the ticket clock says of a ticket, in one row.
with

sources_that_tell_statuses as (

    select distinct events.source_system
    from {{ ref('int_ticket_events__unioned') }} as events
    where events.event_type = 'status_changed'

),

tickets as (

    select
        tickets.ticket_key,
        tickets.source_system,
        tickets.ticket_id,
        tickets.customer_key,
        tickets.order_key,
        tickets.merchant_key,
        tickets.product_key,
        merged_tickets.surviving_ticket_key as merged_into_ticket_key,
        contacts.agent_key,

        tickets.channel,
        tickets.issue_type,
        tickets.priority,
        tickets.resolution_code,
        -- A help desk that never tells a status leaves open whether its tickets are resolved.
        case when statuses_told.source_system is not null then coalesce(resolutions.status, 'new') end as status,

        coalesce(tickets.is_spam, false) as is_spam,
        coalesce(tickets.is_pre_sale, false) as is_pre_sale,
        merged_tickets.ticket_key is not null as is_merged,
        coalesce(tickets.is_complaint, false) as is_complaint,
        case when statuses_told.source_system is not null then coalesce(resolutions.is_resolved, false) end as is_resolved,

        coalesce(contacts.event_count, 0) as event_count,
        coalesce(contacts.event_before_creation_count, 0) as event_before_creation_count,
        coalesce(contacts.human_reply_count, 0) as human_reply_count,
        coalesce(contacts.bot_reply_count, 0) as bot_reply_count,
        coalesce(contacts.reply_without_role_count, 0) as reply_without_role_count,
        coalesce(contacts.customer_reply_count, 0) as customer_reply_count,
        coalesce(contacts.escalation_count, 0) as escalation_count,
        coalesce(contacts.assigned_agent_count, 0) as assigned_agent_count,
        case when statuses_told.source_system is not null then coalesce(resolutions.reopen_count, 0) end as reopen_count,

        tickets.created_at,
        contacts.first_assigned_at,
        contacts.first_reply_at,
        contacts.first_bot_reply_at,
        resolutions.first_resolved_at,
        resolutions.resolved_at,
        contacts.agent_since_at

    from {{ ref('int_tickets__unioned') }} as tickets
    left join {{ ref('int_tickets__merged') }} as merged_tickets
        on tickets.ticket_key = merged_tickets.ticket_key
    left join {{ ref('int_ticket_contacts__counted') }} as contacts
        on tickets.ticket_key = contacts.ticket_key
    left join {{ ref('int_ticket_resolutions__found') }} as resolutions
        on tickets.ticket_key = resolutions.ticket_key
    left join sources_that_tell_statuses as statuses_told
        on tickets.source_system = statuses_told.source_system

)

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

    agents.team as agent_team,
    tickets.channel,
    tickets.issue_type,
    tickets.priority,
    tickets.resolution_code,
    tickets.status,

    not (tickets.is_spam or tickets.is_merged or tickets.is_pre_sale) as is_in_scope,
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

    {{ minutes_between('tickets.created_at', 'tickets.first_assigned_at') }} as queue_minutes,
    {{ minutes_between('tickets.created_at', 'tickets.first_reply_at') }} as first_reply_minutes,
    {{ minutes_between('tickets.created_at', 'tickets.first_bot_reply_at') }} as first_bot_reply_minutes,
    {{ minutes_between('tickets.created_at', 'tickets.first_resolved_at') }} as first_resolution_minutes,
    {{ minutes_between('tickets.created_at', 'tickets.resolved_at') }} as resolution_minutes,

    tickets.created_at,
    {{ business_date('tickets.created_at') }} as created_on,
    tickets.first_assigned_at,
    tickets.first_reply_at,
    tickets.first_bot_reply_at,
    tickets.first_resolved_at,
    tickets.resolved_at,
    {{ business_date('tickets.resolved_at') }} as resolved_on

from tickets
left join {{ ref('int_agents__versioned') }} as agents
    on
        tickets.agent_key = agents.agent_key
        and agents.applies_from <= tickets.agent_since_at
        and tickets.agent_since_at < agents.applies_to
