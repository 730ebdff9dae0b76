-- From when to when was an agent in which role and team? A role's first version reaches back: an agent who replied before the
-- staff list began had some role, and the earliest known one is the best evidence of it. Whoever left has none from then on.
with

agents as (

    select
        agents.agent_spell_key,
        agents.agent_key,
        agents.source_system,
        agents.agent_id,

        agents.agent_role,
        agents.team,

        agents.hired_on,
        agents.valid_from,
        agents.left_at,
        lag(agents.valid_from) over (
            partition by agents.agent_key
            order by agents.valid_from nulls last
        ) as previous_valid_from,
        lead(agents.valid_from) over (
            partition by agents.agent_key
            order by agents.valid_from nulls last
        ) as next_valid_from

    from {{ ref('int_agents__unioned') }} as agents

)

select
    agents.agent_spell_key,
    agents.agent_key,
    agents.source_system,
    agents.agent_id,

    agents.agent_role,
    agents.team,

    agents.next_valid_from is null and agents.left_at is null as is_current,

    agents.hired_on,
    agents.valid_from,
    least(agents.next_valid_from, agents.left_at) as valid_to,
    case
        when agents.previous_valid_from is null
            then cast('1900-01-01 00:00:00' as {{ type_timestamp() }})
        else agents.valid_from
    end as applies_from,
    coalesce(least(agents.next_valid_from, agents.left_at), cast('9999-12-31 00:00:00' as {{ type_timestamp() }})) as applies_to

from agents
