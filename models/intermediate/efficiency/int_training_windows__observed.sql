-- The tickets and valid survey answers of an agent in the 30 days before and the 30 days after a course, one row each. The day of
-- the course belongs to neither side. Only courses whose 30 days after are over: a course of last week would be judged by its first days.
with

trainings as (

    select
        trainings.agent_key,

        trainings.course,

        trainings.trained_on

    from {{ ref('int_agent_trainings__unioned') }} as trainings
    where {{ add_days_to_date('trainings.trained_on', 30) }} < {{ business_date(as_of()) }}

),

observations as (

    select
        tickets.agent_key,

        tickets.resolution_minutes,
        cast(null as {{ type_double() }}) as overall_score,

        tickets.created_on as observed_on

    from {{ ref('fct_tickets') }} as tickets
    where tickets.is_in_scope

    union all

    select
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
        and {{ add_days_to_date('trainings.trained_on', -30) }} <= observations.observed_on
        and observations.observed_on <= {{ add_days_to_date('trainings.trained_on', 30) }}
        and trainings.trained_on <> observations.observed_on
