-- The agents who replied: people, known by the hash of their name, in the team of their supervisor. Names stop here.
with

current_contacts as (

    {{ current_rows(
        source('support_csat', 'contacts'),
        columns=['contact_id', 'agent_name', 'supervisor_name', 'reported_at']
    ) }}

),

contacts_of_supervisors as (

    select
        current_contacts.agent_name,
        current_contacts.supervisor_name,

        row_number() over (
            partition by current_contacts.agent_name
            order by
                count(*) desc nulls last,
                current_contacts.supervisor_name asc nulls last
        ) as supervisor_rank

    from current_contacts
    group by
        current_contacts.agent_name,
        current_contacts.supervisor_name

),

agents as (

    select
        current_contacts.agent_name,

        min(current_contacts.reported_at) as first_reported_at

    from current_contacts
    group by current_contacts.agent_name

)

select
    {{ entity_key('support_csat', [hash_text('agents.agent_name'), 'agents.first_reported_at']) }} as agent_spell_key,
    'support_csat' as source_system,
    {{ entity_key('support_csat', [hash_text('agents.agent_name')]) }} as agent_key,

    {{ hash_text('agents.agent_name') }} as agent_id,

    'human' as agent_role,
    'team-' || substring({{ hash_text('contacts_of_supervisors.supervisor_name') }}, 1, 8) as team,

    agents.first_reported_at as valid_from,
    cast(null as {{ type_timestamp() }}) as left_at,
    cast(null as {{ type_date() }}) as hired_on,
    cast(null as {{ type_timestamp() }}) as updated_at

from agents
inner join contacts_of_supervisors
    on
        agents.agent_name = contacts_of_supervisors.agent_name
        and contacts_of_supervisors.supervisor_rank = 1
