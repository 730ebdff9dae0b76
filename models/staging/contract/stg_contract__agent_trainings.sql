-- Courses that agents finished, as the shop last stated them.
with

current_agent_trainings as (

    {{ current_rows(
        source('contract', 'agent_trainings'),
        columns=['agent_id', 'course', 'trained_on', 'updated_at']
    ) }}

)

select
    {{ entity_key('contract', [
        'current_agent_trainings.agent_id', 'current_agent_trainings.course', 'current_agent_trainings.trained_on'
    ]) }} as agent_training_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_agent_trainings.agent_id']) }} as agent_key,

    current_agent_trainings.agent_id,

    current_agent_trainings.course,

    current_agent_trainings.trained_on,
    current_agent_trainings.updated_at

from current_agent_trainings
