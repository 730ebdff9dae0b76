-- Agents' spells in one role and team, as the shop last stated them. The name stops here. Of an agent who left it is said that they are
-- gone, not that they never were: the spell stays in its last words, and ends.
with

ranked_versions as (

    select
        versions.agent_id,

        versions.agent_role,
        versions.team,

        coalesce(versions.is_deleted, false) as is_withdrawn,

        row_number() over (
            partition by versions.agent_id, versions.valid_from
            order by versions.updated_at desc nulls last, versions._extract_id desc nulls last, versions._line desc nulls last
        ) as version_rank,
        row_number() over (
            partition by versions.agent_id, versions.valid_from, coalesce(versions.is_deleted, false)
            order by versions.updated_at desc nulls last, versions._extract_id desc nulls last, versions._line desc nulls last
        ) as rank_among_its_kind,

        versions.valid_from,
        versions.hired_on,
        versions.updated_at

    from {{ source('contract', 'agents') }} as versions

),

current_spells as (

    select
        ranked_versions.agent_id,

        ranked_versions.agent_role,
        ranked_versions.team,

        ranked_versions.is_withdrawn,

        ranked_versions.valid_from,
        ranked_versions.hired_on,
        ranked_versions.updated_at

    from ranked_versions
    where ranked_versions.version_rank = 1

),

spells_before_leaving as (

    select
        ranked_versions.agent_id,

        ranked_versions.agent_role,
        ranked_versions.team,

        ranked_versions.valid_from,
        ranked_versions.hired_on

    from ranked_versions
    where
        ranked_versions.rank_among_its_kind = 1
        and not ranked_versions.is_withdrawn

)

select
    {{ entity_key('contract', ['current_spells.agent_id', 'current_spells.valid_from']) }} as agent_spell_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_spells.agent_id']) }} as agent_key,

    current_spells.agent_id,

    coalesce(current_spells.agent_role, spells_before_leaving.agent_role) as agent_role,
    coalesce(current_spells.team, spells_before_leaving.team) as team,

    current_spells.valid_from,
    case when current_spells.is_withdrawn then current_spells.updated_at end as left_at,
    coalesce(current_spells.hired_on, spells_before_leaving.hired_on) as hired_on,
    current_spells.updated_at

from current_spells
left join spells_before_leaving
    on
        current_spells.is_withdrawn
        and current_spells.agent_id = spells_before_leaving.agent_id
        and current_spells.valid_from = spells_before_leaving.valid_from
