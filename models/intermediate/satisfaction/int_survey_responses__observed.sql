-- One row per response, by the day it was submitted: what it says, as far as it counts. A score, a verdict and a weight are null
-- where the response is invalid or says nothing, so that every figure divides by the valid answers to its own question.
with

valid_scores as (

    select
        answers.response_key,

        max(case when answers.question_code = 'overall' then answers.score end) as overall_score,
        max(case when answers.question_code = 'response_speed' then answers.score end) as response_speed_score,
        max(case when answers.question_code = 'problem_solving' then answers.score end) as problem_solving_score,
        max(case when answers.question_code = 'quality' then answers.score end) as quality_score,
        max(case when answers.question_code = 'attitude' then answers.score end) as attitude_score,
        max(case when answers.question_code = 'professionalism' then answers.score end) as professionalism_score,
        max(case when answers.question_code = 'communication' then answers.score end) as communication_score,
        max(case when answers.question_code = 'follow_up' then answers.score end) as follow_up_score,
        max(case when answers.question_code = 'ces' then answers.score end) as ces_score,
        max(case when answers.question_code = 'nps' then answers.score end) as nps_score

    from {{ ref('fct_survey_answers') }} as answers
    where answers.is_valid
    group by answers.response_key

)

select
    responses.response_key,
    responses.ticket_key,
    responses.survey_type,
    coalesce(responses.invalid_reason, 'valid') as outcome,

    invitations.channel,
    invitations.issue_type,
    invitations.priority,
    invitations.product_category,
    invitations.region,
    invitations.customer_tier,
    invitations.agent_team,
    invitations.merchant,
    invitations.agent,

    responses.is_valid,
    scores.overall_score >= 4 as is_satisfied,
    scores.overall_score <= 2 as is_dissatisfied,
    scores.response_speed_score >= 4 as is_satisfied_with_response_speed,
    scores.problem_solving_score >= 4 as is_satisfied_with_problem_solving,
    scores.quality_score >= 4 as is_satisfied_with_quality,
    scores.attitude_score >= 4 as is_satisfied_with_attitude,
    scores.professionalism_score >= 4 as is_satisfied_with_professionalism,
    scores.communication_score >= 4 as is_satisfied_with_communication,
    scores.follow_up_score >= 4 as is_satisfied_with_follow_up,

    scores.overall_score,
    case when invitations.is_bot_only then scores.overall_score end as bot_overall_score,
    scores.ces_score,
    case
        when scores.nps_score >= 9 then 1
        when scores.nps_score <= 6 then -1
        when scores.nps_score is not null then 0
    end as promoter_balance,
    case when scores.overall_score is not null and responses.survey_type = 'service' then cells.response_weight end as response_weight,

    responses.submitted_at,
    responses.submitted_on

from {{ ref('fct_survey_responses') }} as responses
left join {{ ref('int_survey_invitations__described') }} as invitations
    on responses.invitation_key = invitations.invitation_key
left join valid_scores as scores
    on responses.response_key = scores.response_key
left join {{ ref('int_survey_cells__weighted') }} as cells
    on
        coalesce(invitations.channel, 'unknown') = cells.channel
        and coalesce(invitations.issue_type, 'unknown') = cells.issue_type
