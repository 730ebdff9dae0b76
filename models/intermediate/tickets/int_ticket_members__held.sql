-- Under which agent, team and priority does a ticket count at which moment? One spell follows the other, from before the ticket was opened
-- and without end: cut where it changes hands, where its holder changes teams or leaves, and where its priority changes.
{{ keyed_by('int_tickets__fingerprinted', 'ticket_key') }}

with

holder_spells as (

    -- Before anybody held it, and where nobody ever did.
    select
        tickets.ticket_key,
        cast(null as {{ type_text() }}) as agent_key,

        cast('1900-01-01 00:00:00' as {{ type_timestamp() }}) as held_from,
        coalesce(min(agents.held_from), cast('9999-12-31 00:00:00' as {{ type_timestamp() }})) as held_to

    from {{ ref('int_tickets__unioned') }} as tickets
    left join {{ ref('int_ticket_agents__held') }} as agents
        on tickets.ticket_key = agents.ticket_key
    group by tickets.ticket_key

    union all

    select
        agents.ticket_key,
        agents.agent_key,

        agents.held_from,
        agents.held_to

    from {{ ref('int_ticket_agents__held') }} as agents
    where agents.held_from < agents.held_to

),

versions as (

    select
        versions.agent_key,

        versions.team,

        versions.applies_from,
        versions.applies_to,
        coalesce(
            lead(versions.applies_from) over (partition by versions.agent_key order by versions.applies_from nulls last),
            cast('9999-12-31 00:00:00' as {{ type_timestamp() }})
        ) as next_applies_from

    from {{ ref('int_agents__versioned') }} as versions

),

agent_teams as (

    select
        versions.agent_key,

        versions.team,

        versions.applies_from,
        versions.applies_to

    from versions
    where versions.applies_from < versions.applies_to

    union all

    -- Whoever left is in no team, and still holds what was theirs.
    select
        versions.agent_key,

        cast(null as {{ type_text() }}) as team,

        greatest(versions.applies_from, versions.applies_to) as applies_from,
        versions.next_applies_from as applies_to

    from versions
    where greatest(versions.applies_from, versions.applies_to) < versions.next_applies_from

),

team_spells as (

    select
        holder_spells.ticket_key,
        holder_spells.agent_key,

        agent_teams.team,

        greatest(holder_spells.held_from, agent_teams.applies_from) as held_from,
        least(holder_spells.held_to, agent_teams.applies_to) as held_to

    from holder_spells
    left join agent_teams
        on
            holder_spells.agent_key = agent_teams.agent_key
            and holder_spells.held_from < agent_teams.applies_to
            and holder_spells.held_to > agent_teams.applies_from

)

select
    team_spells.ticket_key,
    named_agents.agent_key,

    team_spells.team as agent_team,
    coalesce(priorities.priority, tickets.priority) as priority,

    greatest(team_spells.held_from, priorities.held_from) as held_from,
    least(team_spells.held_to, priorities.held_to) as held_to

from team_spells
inner join {{ ref('int_tickets__unioned') }} as tickets
    on team_spells.ticket_key = tickets.ticket_key
left join {{ ref('int_agents__named') }} as named_agents
    on team_spells.agent_key = named_agents.agent_key
left join {{ ref('int_ticket_priorities__held') }} as priorities
    on
        team_spells.ticket_key = priorities.ticket_key
        and priorities.held_from < priorities.held_to
        and team_spells.held_from < priorities.held_to
        and team_spells.held_to > priorities.held_from
