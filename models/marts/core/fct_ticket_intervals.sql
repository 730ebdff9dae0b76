-- One row per stretch of a ticket's life in which nothing about its clocks changed. The stretches follow each other without gap or
-- overlap from the creation to the moment the last clock stopped, and every duration of fct_tickets is the sum of those it counts.
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key') }}

with

stretches as (

    select
        moments.ticket_key,

        {{ last_known_value('moments.status') }} over (
            partition by moments.ticket_key
            order by moments.cut_at nulls last, moments.change_number nulls last
            rows between unbounded preceding and current row
        ) as status,

        moments.cut_at as started_at,
        lead(moments.cut_at) over (
            partition by moments.ticket_key
            order by moments.cut_at nulls last, moments.change_number nulls last
        ) as ended_at

    from {{ ref('int_ticket_moments__cut') }} as moments

),

intervals as (

    select
        stretches.ticket_key,

        cast(row_number() over (
            partition by stretches.ticket_key
            order by stretches.started_at nulls last
        ) as {{ type_integer() }}) as interval_number,
        stretches.status,

        stretches.started_at,
        stretches.ended_at

    from stretches
    where stretches.started_at < stretches.ended_at

)

select
    intervals.ticket_key,

    intervals.interval_number,
    intervals.status,
    case
        when intervals.status in ('solved', 'closed') then 'resolved'
        when intervals.status = 'pending' then 'waiting_on_customer'
        when intervals.status = 'on_hold' then 'on_hold'
        when intervals.status is not null then 'agent_work'
        else 'unknown'
    end as activity,

    -- What had not come yet when the interval began; what never came had not come in any.
    coalesce(intervals.started_at < milestones.first_assigned_at, true) as is_before_assignment,
    coalesce(intervals.started_at < milestones.first_reply_at, true) as is_before_first_reply,
    coalesce(intervals.started_at < milestones.first_bot_reply_at, true) as is_before_first_bot_reply,
    coalesce(intervals.started_at < milestones.first_resolved_at, true) as is_before_first_resolution,
    coalesce(intervals.started_at < milestones.resolved_at, true) as is_before_resolution,
    coalesce(
        milestones.resolved_at <= intervals.started_at and intervals.started_at < milestones.result_feedback_at,
        false
    ) as is_between_resolution_and_feedback,

    {{ clock_seconds('intervals.started_at', 'intervals.ended_at') }} as calendar_seconds,
    {{ open_seconds_between('intervals.started_at', 'intervals.ended_at') }} as business_seconds,

    intervals.started_at,
    intervals.ended_at

from intervals
inner join {{ ref('int_ticket_milestones__reached') }} as milestones
    on intervals.ticket_key = milestones.ticket_key
{{ slots_at_both_ends('milestones.calendar_code', 'intervals.started_at', 'intervals.ended_at') }}
