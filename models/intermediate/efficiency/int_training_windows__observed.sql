-- The resolved tickets and valid survey answers of an agent in the 30 days before and the 30 days after a course, one row each. The day of
-- the course belongs to neither side. Only courses whose 30 days after are over.
--
-- Both sides have the same time to be resolved: a ticket is looked at as it stood 30 days after it was opened, and counts on neither side
-- until then. Else the slow ones would be missing on the side that is younger.
{% set window_days = 30 -%}
{% set follow_up_days = 30 -%}

with

trainings as (

    select
        trainings.agent_key,

        trainings.course,

        trainings.trained_on

    from {{ ref('int_agent_trainings__unioned') }} as trainings
    where {{ add_days_to_date('trainings.trained_on', window_days) }} < {{ business_date(as_of()) }}

),

followed_tickets as (

    select
        tickets.ticket_key,

        max_by(status_changes.status, status_changes.change_number) as status,

        tickets.created_at,
        tickets.created_on,
        -- Closing what was solved before ends nothing that still ran.
        max(status_changes.entered_at) filter (
            where
            status_changes.status = 'solved'
            or (status_changes.status = 'closed' and status_changes.previous_status <> 'solved')
        ) as resolved_at

    from {{ ref('fct_tickets') }} as tickets
    inner join {{ ref('int_ticket_statuses__entered') }} as status_changes
        on
            tickets.ticket_key = status_changes.ticket_key
            and {{ add_days('tickets.created_at', follow_up_days) }} >= status_changes.entered_at
    where
        tickets.is_in_scope
        and {{ add_days('tickets.created_at', follow_up_days) }} <= {{ as_of() }}
    group by
        tickets.ticket_key,
        tickets.created_at,
        tickets.created_on

),

observations as (

    select
        tickets.ticket_key as observation_key,
        members.agent_key,

        cast({{ clock_seconds('tickets.created_at', 'tickets.resolved_at') }} as {{ type_double() }}) / 60 as resolution_minutes,
        cast(null as {{ type_double() }}) as overall_score,

        tickets.created_on as observed_on

    from followed_tickets as tickets
    inner join {{ ref('int_ticket_members__held') }} as members
        on
            tickets.ticket_key = members.ticket_key
            and tickets.resolved_at >= members.held_from
            and tickets.resolved_at < members.held_to
    where tickets.status in ('solved', 'closed')

    union all

    select
        responses.response_key as observation_key,
        tickets.agent_key,

        cast(null as {{ type_double() }}) as resolution_minutes,
        cast(responses.overall_score as {{ type_double() }}) as overall_score,

        responses.submitted_on as observed_on

    from {{ ref('fct_survey_responses') }} as responses
    inner join {{ ref('fct_tickets') }} as tickets
        on responses.ticket_key = tickets.ticket_key
    where
        responses.is_valid
        and tickets.is_in_scope

)

select
    observations.observation_key,
    trainings.agent_key,

    trainings.course,
    case when observations.observed_on < trainings.trained_on then 'before' else 'after' end as side,

    observations.resolution_minutes,
    observations.overall_score,

    trainings.trained_on,
    observations.observed_on

from trainings
inner join observations
    on
        trainings.agent_key = observations.agent_key
        and {{ add_days_to_date('trainings.trained_on', -window_days) }} <= observations.observed_on
        and observations.observed_on <= {{ add_days_to_date('trainings.trained_on', window_days) }}
        and trainings.trained_on <> observations.observed_on
