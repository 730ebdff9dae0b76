-- The courses that agents of all source systems had taken by as_of, the day of as_of included.
with

agent_trainings as (

    {{ union_of_sources('agent_trainings', {
        'agent_training_key': type_text(),
        'agent_key': type_text(),
        'source_system': type_text(),
        'agent_id': type_text(),
        'course': type_text(),
        'trained_on': type_date()
    }) }}

)

select
    agent_trainings.agent_training_key,
    agent_trainings.agent_key,
    agent_trainings.source_system,
    agent_trainings.agent_id,

    agent_trainings.course,

    agent_trainings.trained_on

from agent_trainings
where agent_trainings.trained_on <= {{ business_date(as_of()) }}
