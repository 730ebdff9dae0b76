{{ config(enabled='zendesk' in var('source_systems')) }}
-- Good or bad is a yes or no, and no place on a scale of five.
with

ratings as (

    {{ current_rows(
        source('zendesk', 'satisfaction_rating'),
        columns=[
            'rating_id', 'score'
        ]
    ) }}

)

select
    {{ entity_key('zendesk', ['ratings.rating_id', "'satisfied'"]) }} as answer_key,
    'zendesk' as source_system,
    {{ entity_key('zendesk', ['ratings.rating_id']) }} as response_key,

    ratings.rating_id as response_id,

    'satisfied' as question_code,

    cast(case when ratings.score = 'good' then 1 else 0 end as {{ type_money() }}) as score,

    cast(null as {{ type_timestamp() }}) as updated_at

from ratings
where ratings.score in ('good', 'bad')
