{{ config(enabled='survey_sheet' in var('source_systems')) }}
-- Which column asks what is told by the seed survey_columns: a number is the score, a label is worth what the seed says.
with

current_responses as (

    {{ sheet_responses(columns=['response_id', 'answers']) }}

),

told_answers as (

    select
        current_responses.response_id,
        survey_columns.question_code,
        survey_columns.label,
        survey_columns.score as labelled_score,
        {{ json_text('current_responses.answers', 'survey_columns.header') }} as answer

    from current_responses
    cross join {{ ref('survey_columns') }} as survey_columns

),

answers as (

    select
        told_answers.response_id,
        told_answers.question_code,
        max(
            case
                when told_answers.label is not null then cast(told_answers.labelled_score as {{ type_money() }})
                when {{ regex_matches('told_answers.answer', '^[0-9]{1,5}([.][0-9]+)?$') }}
                    then cast(told_answers.answer as {{ type_money() }})
            end
        ) as score

    from told_answers
    where
        told_answers.answer is not null
        and (told_answers.label is null or told_answers.label = told_answers.answer)
    group by
        told_answers.response_id,
        told_answers.question_code

)

select
    {{ entity_key('survey_sheet', ['answers.response_id', 'answers.question_code']) }} as answer_key,
    'survey_sheet' as source_system,
    {{ entity_key('survey_sheet', ['answers.response_id']) }} as response_key,

    answers.response_id,

    answers.question_code,

    answers.score,

    cast(null as {{ type_timestamp() }}) as updated_at

from answers
where answers.score is not null
