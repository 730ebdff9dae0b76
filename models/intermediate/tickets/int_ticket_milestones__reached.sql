-- At which moments did a ticket's clocks stop, where does its life end, and by which calendar is it measured?
--
-- A life ends where the last of its clocks stops: at as_of while it is open. A help desk that never tells a status leaves open
-- whether its tickets are resolved, so their lives end with the last thing known of them.
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key') }}

with

result_feedbacks as (

    select
        events.ticket_key,

        min(events.occurred_at) as result_feedback_at

    from {{ ref('int_ticket_events__counted') }} as events
    inner join {{ ref('int_ticket_resolutions__found') }} as resolutions
        on
            events.ticket_key = resolutions.ticket_key
            and events.occurred_at >= resolutions.resolved_at
    where events.event_type = 'result_feedback'
    group by events.ticket_key

),

milestones as (

    select
        tickets.ticket_key,

        case when sources.is_status_told then coalesce(resolutions.first_status, 'new') end as first_status,
        case when sources.is_status_told then coalesce(resolutions.status, 'new') end as status,
        coalesce(channel_calendars.calendar_code, source_calendars.calendar_code) as calendar_code,

        tickets.created_at,
        contacts.first_assigned_at,
        contacts.first_reply_at,
        contacts.first_bot_reply_at,
        resolutions.first_resolved_at,
        resolutions.resolved_at,
        result_feedbacks.result_feedback_at

    from {{ ref('int_tickets__unioned') }} as tickets
    left join {{ ref('int_ticket_contacts__counted') }} as contacts
        on tickets.ticket_key = contacts.ticket_key
    left join {{ ref('int_ticket_resolutions__found') }} as resolutions
        on tickets.ticket_key = resolutions.ticket_key
    left join result_feedbacks
        on tickets.ticket_key = result_feedbacks.ticket_key
    left join {{ ref('int_ticket_sources__described') }} as sources
        on tickets.source_system = sources.source_system
    left join {{ ref('calendar_assignments') }} as channel_calendars
        on
            tickets.source_system = channel_calendars.source_system
            and tickets.channel = channel_calendars.channel
    left join {{ ref('calendar_assignments') }} as source_calendars
        on
            tickets.source_system = source_calendars.source_system
            and source_calendars.channel is null

)

select
    milestones.ticket_key,

    milestones.first_status,
    milestones.status,
    milestones.calendar_code,

    milestones.created_at,
    milestones.first_assigned_at,
    milestones.first_reply_at,
    milestones.first_bot_reply_at,
    milestones.first_resolved_at,
    milestones.resolved_at,
    milestones.result_feedback_at,
    greatest(
        milestones.created_at,
        milestones.first_assigned_at,
        milestones.first_reply_at,
        milestones.first_bot_reply_at,
        milestones.first_resolved_at,
        milestones.result_feedback_at,
        case
            when milestones.status is not null then coalesce(milestones.resolved_at, {{ as_of() }})
        end
    ) as ends_at

from milestones
