-- One row per ticket: what it is about, where it stands at as_of, and what its clocks read. Every duration is the sum of the
-- intervals in fct_ticket_intervals that it counts. It counts under the agent, team and priority of its resolution, those of as_of while it
-- is open, and under what its customer and product were when it was opened.
{{ keyed_by('int_ticket_members__fingerprinted', 'ticket_key', tells_before=['customer_key', 'order_key']) }}

with

hands as (

    select
        agents.ticket_key,

        count(distinct case when agents.is_assigned then agents.agent_key end) as assigned_agent_count,
        count(*) filter (where agents.is_transfer) as transfer_count

    from {{ ref('int_ticket_agents__held') }} as agents
    group by agents.ticket_key

),

tickets as (

    select
        tickets.ticket_key,
        tickets.source_system,
        -- A help desk that serves several stores and does not say which is told it by the order.
        case
            when tickets.shop_id is null then coalesce(orders.shop, {{ shop_of('tickets.source_system') }})
            else {{ shop_of('tickets.source_system', 'tickets.shop_id') }}
        end as shop,
        tickets.ticket_id,
        -- The order speaks for a customer whom the ticket does not name, never for one it names.
        coalesce(tickets.customer_key, orders.customer_key) as customer_key,
        tickets.order_key,
        coalesce(tickets.merchant_key, orders.merchant_key) as merchant_key,
        tickets.product_key,
        merged_tickets.surviving_ticket_key as merged_into_ticket_key,
        members.agent_key,

        members.agent_team,
        tickets.channel,
        tickets.issue_type,
        members.priority,
        coalesce(products.category, orders.product_category) as product_category,
        customers.region,
        customers.customer_tier,
        tickets.resolution_code,
        tickets.contact_reason,

        coalesce(tickets.is_spam, false) as is_spam,
        merged_tickets.ticket_key is not null as is_merged,
        coalesce(tickets.is_pre_sale, false) as is_pre_sale,
        coalesce(tickets.is_complaint, false) or coalesce(tickets.issue_type = 'complaint', false) as is_complaint,

        coalesce(hands.assigned_agent_count, 0) as assigned_agent_count,
        coalesce(hands.transfer_count, 0) as transfer_count,
        tickets.handling_seconds

    from {{ ref('int_tickets__unioned') }} as tickets
    left join {{ ref('int_tickets__merged') }} as merged_tickets
        on tickets.ticket_key = merged_tickets.ticket_key
    left join hands
        on tickets.ticket_key = hands.ticket_key
    inner join {{ ref('int_ticket_milestones__reached') }} as milestones
        on tickets.ticket_key = milestones.ticket_key
    inner join {{ ref('int_ticket_members__held') }} as members
        on
            tickets.ticket_key = members.ticket_key
            and members.held_from <= coalesce(milestones.resolved_at, {{ as_of() }})
            and coalesce(milestones.resolved_at, {{ as_of() }}) < members.held_to
    left join {{ ref('int_products__versioned') }} as products
        on
            tickets.product_key = products.product_key
            and {{ in_force_at('products', 'tickets.created_at') }}
    left join {{ ref('fct_orders') }} as orders
        on tickets.order_key = orders.order_key
    left join {{ ref('int_customers__versioned') }} as customers
        on
            coalesce(tickets.customer_key, orders.customer_key) = customers.customer_key
            and {{ in_force_at('customers', 'tickets.created_at') }}

)

select
    tickets.ticket_key,
    tickets.source_system,
    tickets.shop,
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
    tickets.product_category,
    tickets.region,
    tickets.customer_tier,
    tickets.resolution_code,
    tickets.contact_reason,
    remarks.tags,
    milestones.status,
    milestones.calendar_code,

    not tickets.is_spam and not tickets.is_merged and not tickets.is_pre_sale as is_in_scope,
    tickets.is_spam,
    tickets.is_merged,
    tickets.is_pre_sale,
    tickets.is_complaint,
    milestones.status in ('solved', 'closed') as is_resolved,
    -- Null where a reply by somebody without a role decides it: they may have been a person, or a bot.
    case
        when milestones.status is null then null
        when milestones.status not in ('solved', 'closed') then false
        when tickets.channel = 'self_service' then true
        when coalesce(contacts.human_reply_count > 0, true) or not sources.is_reply_told then false
        when contacts.reply_without_role_count = 0 then contacts.bot_reply_count > 0
    end as is_self_served,
    case
        when not sources.is_reply_told or milestones.status is null or coalesce(contacts.bot_reply_count, 0) = 0 then null
        when
            contacts.human_reply_count > 0
            or milestones.status not in ('solved', 'closed')
            or coalesce(resolutions.reopen_count, 0) > 0
            then false
        when contacts.reply_without_role_count = 0 then true
    end as is_contained_by_bot,
    coalesce(remarks.is_surveyed, false) as is_surveyed,

    coalesce(contacts.event_before_creation_count, 0) as event_before_creation_count,
    case when sources.is_reply_told then coalesce(contacts.human_reply_count, 0) end as human_reply_count,
    case when sources.is_reply_told then coalesce(contacts.bot_reply_count, 0) end as bot_reply_count,
    case when sources.is_reply_told then coalesce(contacts.reply_without_role_count, 0) end as reply_without_role_count,
    coalesce(contacts.customer_reply_count, 0) as customer_reply_count,
    coalesce(contacts.escalation_count, 0) as escalation_count,
    tickets.assigned_agent_count,
    tickets.transfer_count,
    case when sources.is_status_told then coalesce(resolutions.reopen_count, 0) end as reopen_count,
    remarks.survey_score,
    case
        when sources.is_reply_told
            then
                coalesce(contacts.human_reply_count, 0)
                + coalesce(contacts.customer_reply_count, 0)
                + case when coalesce(contacts.is_opened_by_staff, false) then 0 else 1 end
    end as message_count,

    tickets.handling_seconds,
    case when milestones.resolved_at is not null then durations.resolution_seconds - durations.waiting_on_customer_seconds end
        as requester_wait_seconds,
    {{ clock_seconds('contacts.left_by_bot_at', 'contacts.taken_over_from_bot_at') }} as bot_handoff_seconds,
    durations.queue_seconds,
    durations.queue_business_seconds,
    durations.first_reply_seconds,
    durations.first_reply_business_seconds,
    durations.first_bot_reply_seconds,
    durations.first_bot_reply_business_seconds,
    durations.resolution_seconds,
    durations.resolution_business_seconds,
    durations.result_feedback_seconds,
    durations.result_feedback_business_seconds,

    cast(durations.queue_seconds as {{ type_double() }}) / 60 as queue_minutes,
    cast(durations.queue_business_seconds as {{ type_double() }}) / 60 as queue_business_minutes,
    cast(durations.first_reply_seconds as {{ type_double() }}) / 60 as first_reply_minutes,
    cast(durations.first_reply_business_seconds as {{ type_double() }}) / 60 as first_reply_business_minutes,
    cast(durations.first_bot_reply_seconds as {{ type_double() }}) / 60 as first_bot_reply_minutes,
    cast(durations.first_bot_reply_business_seconds as {{ type_double() }}) / 60 as first_bot_reply_business_minutes,
    cast(durations.first_resolution_seconds as {{ type_double() }}) / 60 as first_resolution_minutes,
    cast(durations.first_resolution_business_seconds as {{ type_double() }}) / 60 as first_resolution_business_minutes,
    cast(durations.resolution_seconds as {{ type_double() }}) / 60 as resolution_minutes,
    cast(durations.resolution_business_seconds as {{ type_double() }}) / 60 as resolution_business_minutes,
    cast(durations.result_feedback_seconds as {{ type_double() }}) / 60 as result_feedback_minutes,
    cast(durations.result_feedback_business_seconds as {{ type_double() }}) / 60 as result_feedback_business_minutes,
    cast(durations.agent_work_seconds as {{ type_double() }}) / 60 as agent_work_minutes,
    cast(durations.agent_work_business_seconds as {{ type_double() }}) / 60 as agent_work_business_minutes,
    cast(durations.waiting_on_customer_seconds as {{ type_double() }}) / 60 as waiting_on_customer_minutes,
    cast(durations.waiting_on_customer_business_seconds as {{ type_double() }}) / 60 as waiting_on_customer_business_minutes,
    cast(durations.on_hold_seconds as {{ type_double() }}) / 60 as on_hold_minutes,
    cast(durations.on_hold_business_seconds as {{ type_double() }}) / 60 as on_hold_business_minutes,

    milestones.created_at,
    {{ business_date('milestones.created_at') }} as created_on,
    milestones.first_assigned_at,
    milestones.first_reply_at,
    milestones.first_bot_reply_at,
    milestones.first_resolved_at,
    milestones.resolved_at,
    {{ business_date('milestones.resolved_at') }} as resolved_on,
    milestones.result_feedback_at,
    milestones.ends_at

from tickets
inner join {{ ref('int_ticket_milestones__reached') }} as milestones
    on tickets.ticket_key = milestones.ticket_key
inner join {{ ref('int_ticket_durations__summed') }} as durations
    on tickets.ticket_key = durations.ticket_key
left join {{ ref('int_ticket_contacts__counted') }} as contacts
    on tickets.ticket_key = contacts.ticket_key
left join {{ ref('int_ticket_resolutions__found') }} as resolutions
    on tickets.ticket_key = resolutions.ticket_key
left join {{ ref('int_ticket_sources__described') }} as sources
    on tickets.source_system = sources.source_system
left join {{ ref('int_ticket_remarks__gathered') }} as remarks
    on tickets.ticket_key = remarks.ticket_key
