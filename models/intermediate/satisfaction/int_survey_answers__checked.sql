-- Is an answer on its question's scale? A question that nobody declared has no scale to be outside of: its answer is kept, counted
-- nowhere, and does not spoil the response. A view: it costs less to ask again than to write.
{{ config(materialized='view') }}

select
    answers.answer_key,
    answers.source_system,
    answers.response_key,

    answers.question_code,

    questions.question_code is not null as is_known_question,
    questions.question_code is not null
    and answers.score is not null
    and (
        answers.score < questions.scale_minimum
        or questions.scale_maximum < answers.score
        or (questions.is_whole_number and answers.score <> floor(answers.score))
    ) as is_out_of_scale,

    answers.score

from {{ ref('int_survey_answers__unioned') }} as answers
left join {{ ref('survey_questions') }} as questions
    on answers.question_code = questions.question_code
