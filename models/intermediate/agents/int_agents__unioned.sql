-- The roles and teams of all source systems' agents that had come into force by as_of, one row per change.
with

agents as (

    {{ union_of_sources('agents', {
        'agent_spell_key': type_text(),
        'agent_key': type_text(),
        'source_system': type_text(),
        'agent_id': type_text(),
        'agent_role': type_text(),
        'team': type_text(),
        'hired_on': type_date(),
        'valid_from': type_timestamp(),
        'left_at': type_timestamp()
    }) }}

)

select
    agents.agent_spell_key,
    agents.agent_key,
    agents.source_system,
    agents.agent_id,

    agents.agent_role,
    agents.team,

    agents.hired_on,
    agents.valid_from,
    {{ known_at('agents.left_at') }} as left_at

from agents
where agents.valid_from <= {{ as_of() }}
