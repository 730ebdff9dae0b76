-- One row per answer to one question. It counts where its response does and the question is declared.
select
    answers.answer_key,
    answers.source_system,
    answers.response_key,

    answers.question_code,

    answers.is_known_question,
    answers.is_out_of_scale,
    answers.is_known_question and answers.score is not null and coalesce(responses.is_valid, false) as is_valid,

    answers.score,

    {{ business_date('responses.submitted_at') }} as submitted_on

from {{ ref('int_survey_answers__checked') }} as answers
left join {{ ref('int_survey_responses__validated') }} as responses
    on answers.response_key = responses.response_key
