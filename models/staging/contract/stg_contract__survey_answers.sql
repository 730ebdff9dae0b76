-- Answers to single questions as the survey system last stated them.
with

current_survey_answers as (

    {{ current_rows(
        source('contract', 'survey_answers'),
        columns=['response_id', 'question_code', 'score', 'updated_at']
    ) }}

)

select
    {{ entity_key('contract', ['current_survey_answers.response_id', 'current_survey_answers.question_code']) }} as answer_key,
    'contract' as source_system,
    {{ entity_key('contract', ['current_survey_answers.response_id']) }} as response_key,

    current_survey_answers.response_id,

    current_survey_answers.question_code,

    current_survey_answers.score,

    current_survey_answers.updated_at

from current_survey_answers
