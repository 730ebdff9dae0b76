-- The ticket as an observation of service efficiency: its dimensions, and what the KPIs of family 2 count and sum. In scope only.
with

verdicts as (

    select
        sla.ticket_key,

        -- Null unless the clock ran into a verdict: what still runs is neither met nor breached.
        max(case when sla.metric = 'first_reply' and (sla.is_met or sla.is_breached) then cast(sla.is_met as {{ type_integer() }}) end)
            as first_reply_met,
        max(case when sla.metric = 'resolution' and (sla.is_met or sla.is_breached) then cast(sla.is_met as {{ type_integer() }}) end)
            as resolution_met,
        max(case when sla.metric = 'result_feedback' and (sla.is_met or sla.is_breached) then cast(sla.is_met as {{ type_integer() }}) end)
            as result_feedback_met

    from {{ ref('fct_ticket_sla') }} as sla
    group by sla.ticket_key

)

select
    tickets.ticket_key,
    tickets.source_system,
    tickets.customer_key,
    tickets.order_key,

    dimensions.channel,
    dimensions.issue_type,
    dimensions.priority,
    dimensions.product_category,
    dimensions.region,
    dimensions.customer_tier,
    dimensions.agent_team,
    dimensions.merchant,
    dimensions.agent,

    tickets.is_resolved,
    verdicts.first_reply_met = 1 as is_first_reply_in_time,
    verdicts.resolution_met = 1 as is_resolution_in_time,
    verdicts.result_feedback_met = 1 as is_result_feedback_in_time,
    case
        when tickets.is_resolved is null then null
        else
            tickets.is_resolved
            and (
                tickets.channel = 'self_service'
                or coalesce(tickets.bot_reply_count > 0 and tickets.human_reply_count = 0, false)
            )
    end as is_self_served,
    case
        when tickets.bot_reply_count > 0 and tickets.is_resolved is not null
            then tickets.human_reply_count = 0 and tickets.is_resolved and tickets.reopen_count = 0
    end as is_contained_by_bot,

    1 as ticket_count,
    -- What comes in without ever going out again, at a help desk that tells no statuses, is no arrival.
    case when tickets.is_resolved is not null then 1 end as arrival_count,
    case when tickets.resolved_on is not null then 1 end as resolved_count,
    case when tickets.is_resolved then tickets.human_reply_count end as resolved_ticket_reply_count,
    case when tickets.is_resolved and tickets.human_reply_count is not null then 1 end as resolved_ticket_count,
    tickets.transfer_count,
    tickets.human_reply_count,

    -- The clock reads whole seconds; their sum is exact, and is divided last.
    cast(round(tickets.queue_minutes * 60) as {{ type_integer() }}) as queue_seconds,
    cast(round(tickets.queue_business_minutes * 60) as {{ type_integer() }}) as queue_business_seconds,
    cast(round(tickets.first_reply_minutes * 60) as {{ type_integer() }}) as first_reply_seconds,
    cast(round(tickets.first_reply_business_minutes * 60) as {{ type_integer() }}) as first_reply_business_seconds,
    cast(round(tickets.first_bot_reply_minutes * 60) as {{ type_integer() }}) as first_bot_reply_seconds,
    cast(round(tickets.first_bot_reply_business_minutes * 60) as {{ type_integer() }}) as first_bot_reply_business_seconds,
    cast(round(tickets.resolution_minutes * 60) as {{ type_integer() }}) as resolution_seconds,
    cast(round(tickets.resolution_business_minutes * 60) as {{ type_integer() }}) as resolution_business_seconds,
    cast(round(tickets.result_feedback_minutes * 60) as {{ type_integer() }}) as result_feedback_seconds,
    cast(round(tickets.result_feedback_business_minutes * 60) as {{ type_integer() }}) as result_feedback_business_seconds,

    tickets.created_at,
    tickets.created_on,
    tickets.resolved_on

from {{ ref('fct_tickets') }} as tickets
inner join {{ ref('int_ticket_dimensions__described') }} as dimensions
    on tickets.ticket_key = dimensions.ticket_key
left join verdicts
    on tickets.ticket_key = verdicts.ticket_key
where tickets.is_in_scope
