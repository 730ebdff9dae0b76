{{ config(enabled='zendesk' in var('source_systems')) }}
with

current_users as (

    {{ current_rows(
        source('zendesk', 'user'),
        columns=[
            'user_id', 'role', 'custom_fields', 'created_at', 'updated_at'
        ]
    ) }}

)

select
    {{ entity_key('zendesk', ['current_users.user_id']) }} as customer_key,
    'zendesk' as source_system,

    current_users.user_id as customer_id,

    {{ custom_field('zendesk', 'current_users.custom_fields', 'user_fields', 'region') }} as region,
    {{ custom_field('zendesk', 'current_users.custom_fields', 'user_fields', 'customer_tier') }} as customer_tier,

    current_users.created_at as registered_at,
    current_users.updated_at

from current_users
where current_users.role = 'end-user'
