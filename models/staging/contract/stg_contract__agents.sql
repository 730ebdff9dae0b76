-- Agents' spells in one role and team, as the shop last stated them. The name stops here.
with

current_agents as (

    {{ current_rows(
        source('contract', 'agents'),
        columns=['agent_id', 'valid_from', 'agent_role', 'team', 'hired_on', 'updated_at']
    ) }}

)

select
    {{ entity_key('contract', ['current_agents.agent_id', 'current_agents.valid_from']) }} as agent_spell_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_agents.agent_id']) }} as agent_key,

    current_agents.agent_id,

    current_agents.agent_role,
    current_agents.team,

    current_agents.valid_from,
    current_agents.hired_on,
    current_agents.updated_at

from current_agents
