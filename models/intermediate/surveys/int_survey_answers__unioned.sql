-- The answers of all source systems' survey responses. An answer has no moment of its own: it is known unless its response was
-- submitted after as_of. An answer whose response was never delivered to us stays.
with

survey_answers as (

    {{ union_of_sources('survey_answers', {
        'answer_key': type_text(),
        'source_system': type_text(),
        'response_key': type_text(),
        'question_code': type_text(),
        'score': type_double()
    }) }}

),

later_survey_responses as (

    select survey_responses.response_key
    from (

        {{ union_of_sources('survey_responses', {
            'response_key': type_text(),
            'submitted_at': type_timestamp()
        }) }}

    ) as survey_responses
    where survey_responses.submitted_at > {{ as_of() }}

)

select
    survey_answers.answer_key,
    survey_answers.source_system,
    survey_answers.response_key,

    survey_answers.question_code,

    survey_answers.score

from survey_answers
left join later_survey_responses
    on survey_answers.response_key = later_survey_responses.response_key
where later_survey_responses.response_key is null
