{{ config(enabled='zendesk' in var('source_systems')) }}
with

ratings as (

    {{ current_rows(
        source('zendesk', 'satisfaction_rating'),
        columns=[
            'rating_id', 'score', 'created_at', 'updated_at'
        ]
    ) }}

)

select
    {{ entity_key('zendesk', ['ratings.rating_id']) }} as response_key,
    'zendesk' as source_system,
    {{ entity_key('zendesk', ['ratings.rating_id']) }} as invitation_key,

    ratings.rating_id as response_id,
    ratings.rating_id as invitation_id,

    cast(null as {{ type_integer() }}) as duration_seconds,

    coalesce(ratings.updated_at, ratings.created_at) as submitted_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from ratings
where ratings.score in ('good', 'bad')
