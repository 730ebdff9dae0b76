{{ config(enabled='zendesk' in var('source_systems')) }}
-- An account keeps no history of roles and groups: what an agent is now counts from the first day on.
with

current_users as (

    {{ current_rows(
        source('zendesk', 'user'),
        columns=[
            'user_id', 'role', 'custom_role_id', 'created_at', 'updated_at'
        ]
    ) }}

),

current_memberships as (

    {{ current_rows(
        source('zendesk', 'group_membership'),
        columns=[
            'membership_id', 'user_id', 'group_id', 'is_default', 'created_at'
        ]
    ) }}

),

current_groups as (

    {{ current_rows(
        source('zendesk', 'group'),
        columns=[
            'group_id', 'group_name'
        ]
    ) }}

),

ranked_memberships as (

    select
        current_memberships.user_id,
        current_groups.group_name,

        row_number() over (
            partition by current_memberships.user_id
            order by
                current_memberships.is_default desc nulls last,
                current_memberships.created_at desc nulls last,
                {{ id_order('current_memberships.membership_id') }} desc nulls last
        ) as membership_rank

    from current_memberships
    inner join current_groups
        on current_memberships.group_id = current_groups.group_id

)

select
    {{ entity_key('zendesk', ['current_users.user_id', 'current_users.created_at']) }} as agent_spell_key,
    'zendesk' as source_system,
    {{ entity_key('zendesk', ['current_users.user_id']) }} as agent_key,

    current_users.user_id as agent_id,

    case
        when current_users.custom_role_id in ({{ listed_texts(var('zendesk', {}).get('bot_roles')) }}) then 'bot'
        when current_users.custom_role_id in ({{ listed_texts(var('zendesk', {}).get('partner_roles')) }}) then 'partner'
        else 'human'
    end as agent_role,
    ranked_memberships.group_name as team,

    current_users.created_at as valid_from,
    cast(null as {{ type_timestamp() }}) as left_at,
    cast(current_users.created_at as {{ type_date() }}) as hired_on,
    current_users.updated_at

from current_users
left join ranked_memberships
    on
        current_users.user_id = ranked_memberships.user_id
        and ranked_memberships.membership_rank = 1
where current_users.role in ('agent', 'admin')
