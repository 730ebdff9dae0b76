{{ config(enabled='gorgias' in var('source_systems')) }}
with

current_surveys as (

    {{ current_rows(
        source('gorgias', 'satisfaction_surveys'),
        columns=[
            'survey_id', 'ticket_id', 'customer_id', 'score', 'sent_at', 'scored_at'
        ]
    ) }}

)

select
    {{ entity_key('gorgias', ['current_surveys.survey_id', "'overall'"]) }} as answer_key,
    'gorgias' as source_system,
    {{ entity_key('gorgias', ['current_surveys.survey_id']) }} as response_key,

    current_surveys.survey_id as response_id,

    'overall' as question_code,

    cast(current_surveys.score as {{ type_money() }}) as score,

    cast(null as {{ type_timestamp() }}) as updated_at

from current_surveys
where
    current_surveys.scored_at is not null
    and current_surveys.score is not null
