-- One row per turn: how long did a customer wait for a person's answer, whose turn was it, and within which target? Nothing here depends on
-- as_of but what is still open: whether a turn is old enough to be judged is told by the moments at which that is so.
{{ keyed_by('int_ticket_members__fingerprinted', 'ticket_key') }}

with

turns as (

    select
        turns.ticket_key,
        tickets.source_system,
        tickets.shop,
        tickets.merchant_key,
        repliers.agent_key as replier_key,
        members.agent_key as holder_key,

        turns.turn_number,
        turns.opened_by,
        turns.outcome,
        tickets.channel,
        tickets.issue_type,
        tickets.contact_reason,
        members.priority,
        tickets.product_category,
        tickets.region,
        tickets.customer_tier,
        turns.replier_team,
        members.agent_team as holder_team,
        tickets.calendar_code,

        tickets.is_in_scope,

        turns.message_count,
        coalesce(channel_targets.target_seconds, any_targets.target_seconds) as target_seconds,
        extract(hour from {{ to_local('turns.opened_at', business_time_zone()) }}) * 60
        + extract(minute from {{ to_local('turns.opened_at', business_time_zone()) }}) as opened_minute,
        {{ minute_of_day('coalesce(channel_targets.opens_at, any_targets.opens_at)') }} as opens_minute,
        {{ minute_of_day('coalesce(channel_targets.closes_at, any_targets.closes_at)') }} as closes_minute,

        turns.opened_at,
        {{ business_date('turns.opened_at') }} as opened_on,
        turns.answered_at

    from {{ ref('int_ticket_turns__taken') }} as turns
    inner join {{ ref('fct_tickets') }} as tickets
        on turns.ticket_key = tickets.ticket_key
    inner join {{ ref('int_ticket_members__held') }} as members
        on
            turns.ticket_key = members.ticket_key
            and turns.opened_at >= members.held_from
            and turns.opened_at < members.held_to
    left join {{ ref('int_agents__named') }} as repliers
        on turns.replier_key = repliers.agent_key
    left join {{ ref('reply_targets') }} as channel_targets
        on
            tickets.channel = channel_targets.channel
            and {{ business_date('turns.opened_at') }} >= channel_targets.valid_from
            and {{ business_date('turns.opened_at') }} < coalesce(channel_targets.valid_to, cast('9999-12-31' as {{ type_date() }}))
    left join {{ ref('reply_targets') }} as any_targets
        on
            any_targets.channel is null
            and {{ business_date('turns.opened_at') }} >= any_targets.valid_from
            and {{ business_date('turns.opened_at') }} < coalesce(any_targets.valid_to, cast('9999-12-31' as {{ type_date() }}))

),

measured_turns as (

    select
        turns.ticket_key,
        turns.source_system,
        turns.shop,
        turns.merchant_key,
        turns.replier_key,
        turns.holder_key,

        turns.turn_number,
        turns.opened_by,
        turns.outcome,
        turns.channel,
        turns.issue_type,
        turns.contact_reason,
        turns.priority,
        turns.product_category,
        turns.region,
        turns.customer_tier,
        turns.replier_team,
        turns.holder_team,

        turns.is_in_scope,
        -- Hours that close before they open run past midnight. Null where no target is in force.
        case
            when turns.opens_minute < turns.closes_minute
                then turns.opened_minute >= turns.opens_minute and turns.opened_minute < turns.closes_minute
            else turns.opened_minute >= turns.opens_minute or turns.opened_minute < turns.closes_minute
        end as is_in_service_hours,

        turns.message_count,
        {{ clock_seconds('turns.opened_at', 'turns.answered_at') }} as reply_seconds,
        {{ open_seconds_between('turns.opened_at', 'turns.answered_at') }} as reply_business_seconds,
        turns.target_seconds,

        turns.opened_at,
        turns.opened_on,
        turns.answered_at,
        coalesce(turns.answered_at, {{ as_of() }}) as judged_at

    from turns
    {{ slots_at_both_ends('turns.calendar_code', 'turns.opened_at', 'turns.answered_at') }}

),

-- The policy and priority that held when it was answered, or hold at as_of: for every turn that counts but a ticket's first.
next_replies as (

    select
        turns.ticket_key,

        turns.turn_number,
        turns.outcome,
        targets.policy_id,
        targets.tied_policy_id,

        targets.target_minutes * 60 as target_seconds,
        {{ policy_seconds('targets.clock', 'turns.opened_at', 'turns.judged_at') }} as run_seconds

    from measured_turns as turns
    inner join {{ ref('int_ticket_members__held') }} as members
        on
            turns.ticket_key = members.ticket_key
            and turns.judged_at >= members.held_from
            and turns.judged_at < members.held_to
    inner join {{ ref('int_sla_targets__resolved') }} as targets
        on
            turns.source_system = targets.source_system
            and targets.metric = 'next_reply'
            and coalesce(turns.channel, 'none') = targets.channel
            and coalesce(turns.issue_type, 'none') = targets.issue_type
            and coalesce(members.priority, 'none') = targets.priority
            and turns.judged_at >= targets.in_force_from
            and turns.judged_at < targets.in_force_to
    {{ slots_at_both_ends('targets.calendar_code', 'turns.opened_at', 'turns.judged_at') }}
    where
        turns.turn_number > 1
        and turns.outcome in ('answered', 'open')

)

select
    turns.ticket_key,
    turns.source_system,
    turns.shop,
    turns.merchant_key,
    case when turns.outcome = 'answered' then turns.replier_key else turns.holder_key end as agent_key,
    turns.holder_key,

    turns.turn_number,
    turns.opened_by,
    turns.outcome,
    turns.channel,
    turns.issue_type,
    turns.contact_reason,
    turns.priority,
    turns.product_category,
    turns.region,
    turns.customer_tier,
    case when turns.outcome = 'answered' then turns.replier_team else turns.holder_team end as agent_team,
    turns.holder_team,
    next_replies.policy_id as next_reply_policy_id,
    next_replies.tied_policy_id as next_reply_tied_policy_id,

    turns.is_in_scope,
    turns.is_in_service_hours,
    case
        when turns.is_in_service_hours and turns.outcome in ('answered', 'open')
            then coalesce(turns.reply_seconds <= turns.target_seconds, false)
    end as is_replied_within_target,
    coalesce(turns.reply_seconds <= {{ var('unanswered_after_hours') }} * 3600, false) as is_answered_in_time,
    case
        when next_replies.run_seconds > next_replies.target_seconds then false
        when next_replies.outcome = 'answered' then next_replies.run_seconds <= next_replies.target_seconds
    end as is_next_reply_in_time,

    turns.message_count,
    turns.reply_seconds,
    turns.reply_business_seconds,
    case when turns.is_in_service_hours then turns.target_seconds end as target_seconds,
    next_replies.target_seconds as next_reply_target_seconds,
    case when next_replies.outcome = 'answered' then next_replies.run_seconds end as next_reply_run_seconds,

    turns.opened_at,
    turns.opened_on,
    turns.answered_at,
    case
        when turns.is_in_service_hours and turns.outcome in ('answered', 'open')
            then {{ add_seconds('turns.opened_at', 'turns.target_seconds') }}
    end as target_due_at,
    case
        when turns.outcome in ('answered', 'open') then {{ add_seconds('turns.opened_at', var('unanswered_after_hours') * 3600) }}
    end as answer_due_at

from measured_turns as turns
left join next_replies
    on
        turns.ticket_key = next_replies.ticket_key
        and turns.turn_number = next_replies.turn_number
