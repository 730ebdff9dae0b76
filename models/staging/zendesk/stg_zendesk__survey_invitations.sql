{{ config(enabled='zendesk' in var('source_systems')) }}
-- Whether somebody was satisfied is asked once for a rating; the row of the rating turns from offered to the answer.
with

ratings as (

    {{ current_rows(
        source('zendesk', 'satisfaction_rating'),
        columns=[
            'rating_id', 'ticket_id', 'requester_id', 'score', 'created_at', 'updated_at'
        ]
    ) }}

)

select
    {{ entity_key('zendesk', ['ratings.rating_id']) }} as invitation_key,
    'zendesk' as source_system,
    {{ entity_key('zendesk', ['ratings.ticket_id']) }} as ticket_key,
    cast(null as {{ type_text() }}) as order_key,
    {{ entity_key('zendesk', ['ratings.requester_id']) }} as customer_key,

    ratings.rating_id as invitation_id,
    ratings.ticket_id,
    cast(null as {{ type_text() }}) as order_id,
    ratings.requester_id as customer_id,

    'service' as survey_type,
    cast(null as {{ type_text() }}) as channel,

    ratings.created_at as sent_at,
    cast(null as {{ type_timestamp() }}) as expires_at,
    cast(null as {{ type_timestamp() }}) as updated_at

from ratings
where ratings.score <> 'unoffered'
