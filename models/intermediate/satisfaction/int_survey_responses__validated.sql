-- Does a response count, and if not, what is the first reason? The reasons stand in the order in which they are asked.
-- noqa: disable=LT02
{% set questions = [
    'overall', 'response_speed', 'problem_solving', 'quality', 'attitude', 'professionalism', 'communication', 'follow_up', 'nps', 'ces',
    'satisfied'
] -%}

with

numbered_responses as (

    select
        responses.response_key,
        responses.source_system,
        responses.invitation_key,

        responses.duration_seconds,
        cast(row_number() over (
            partition by responses.invitation_key
            order by
                responses.submitted_at asc nulls last,
                {{ id_order('responses.response_key') }} asc nulls last,
                responses.response_key asc nulls last
        ) as {{ type_integer() }}) as response_number,

        responses.submitted_at

    from {{ ref('int_survey_responses__unioned') }} as responses

),

summed_answers as (

    select
        answers.response_key,

        count(answers.score) as answer_count,
        count(*) filter (where answers.is_out_of_scale) as out_of_scale_count
        {%- for question in questions %},
        max(case when answers.question_code = '{{ question }}' then answers.score end) as {{ question }}_score
        {%- endfor %}

    from {{ ref('int_survey_answers__checked') }} as answers
    where answers.is_known_question
    group by answers.response_key

),

required_answers as (

    select
        answers.response_key,
        answers.question_code

    from {{ ref('int_survey_answers__checked') }} as answers
    inner join {{ ref('survey_questions') }} as questions
        on answers.question_code = questions.question_code
    where questions.is_required and answers.score is not null

),

judged_responses as (

    select
        responses.response_key,
        responses.source_system,
        responses.invitation_key,
        invitations.ticket_key,
        invitations.order_key,
        invitations.customer_key,

        invitations.survey_type,
        case
            when invitations.invitation_key is null then 'unknown_invitation'
            when responses.response_number > 1 then 'not_first_response'
            when responses.submitted_at < invitations.sent_at then 'submitted_before_sent'
            when responses.submitted_at > {{ add_days('invitations.sent_at', var('survey_valid_days')) }} then 'too_late'
            when responses.submitted_at >= invitations.expires_at then 'expired'
            when answers.out_of_scale_count > 0 then 'score_out_of_scale'
            -- Who says good or bad has said what overall asks.
            when
                required_questions.question_code is not null and required_answers.question_code is null
                and (required_questions.question_code <> 'overall' or answers.satisfied_score is null)
                then required_questions.question_code || '_missing'
            when coalesce(answers.answer_count, 0) = 0 then 'no_answer'
        end as invalid_reason,

        responses.response_number,
        coalesce(answers.answer_count, 0) as answer_count,
        {% for question in questions -%}
            answers.{{ question }}_score,
        {% endfor -%}
        responses.duration_seconds,

        invitations.sent_at,
        responses.submitted_at

    from numbered_responses as responses
    left join {{ ref('int_survey_invitations__unioned') }} as invitations
        on responses.invitation_key = invitations.invitation_key
    left join summed_answers as answers
        on responses.response_key = answers.response_key
    left join {{ ref('survey_questions') }} as required_questions
        on
            invitations.survey_type = required_questions.survey_type
            and required_questions.is_required
    left join required_answers
        on
            responses.response_key = required_answers.response_key
            and required_questions.question_code = required_answers.question_code

)

select
    responses.response_key,
    responses.source_system,
    responses.invitation_key,
    responses.ticket_key,
    responses.order_key,
    responses.customer_key,

    responses.survey_type,
    responses.invalid_reason,

    responses.invalid_reason is null as is_valid,

    responses.response_number,
    responses.answer_count,
    {% for question in questions -%}
        responses.{{ question }}_score,
    {% endfor -%}
    responses.duration_seconds,

    responses.sent_at,
    responses.submitted_at

from judged_responses as responses
