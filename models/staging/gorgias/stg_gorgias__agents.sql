{{ config(enabled='gorgias' in var('source_systems')) }}
-- Who works for the shop is known by what they wrote; what a rule wrote is a bot's.
with

current_messages as (

    {{ current_rows(
        source('gorgias', 'messages'),
        columns=[
            'sender_id', 'is_from_agent', 'via', 'sent_at'
        ]
    ) }}

),

agents as (

    select
        current_messages.sender_id as agent_id,
        case when count(*) = count(case when current_messages.via = 'rule' then 1 end) then 'bot' else 'human' end as agent_role,
        min(current_messages.sent_at) as valid_from

    from current_messages
    where
        current_messages.is_from_agent
        and current_messages.sender_id is not null
    group by current_messages.sender_id

)

select
    {{ entity_key('gorgias', ['agents.agent_id', 'agents.valid_from']) }} as agent_spell_key,
    'gorgias' as source_system,
    {{ entity_key('gorgias', ['agents.agent_id']) }} as agent_key,

    agents.agent_id,

    agents.agent_role,
    cast(null as {{ type_text() }}) as team,

    agents.valid_from,
    cast(null as {{ type_timestamp() }}) as left_at,
    cast(null as {{ type_date() }}) as hired_on,
    cast(null as {{ type_timestamp() }}) as updated_at

from agents
