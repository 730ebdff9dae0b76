-- One row per agent and spell of role and team. A name never comes this far: it stops at staging.
select
    agents.agent_spell_key,
    agents.agent_key,
    agents.source_system,
    agents.agent_id,

    agents.agent_role,
    agents.team,

    agents.is_current,

    agents.hired_on,
    agents.valid_from,
    agents.valid_to

from {{ ref('int_agents__versioned') }} as agents
