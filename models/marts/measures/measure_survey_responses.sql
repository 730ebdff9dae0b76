-- What do the responses to surveys say that count, and why do the others not count? By the day of submission.
-- noqa: disable=PRS,LT05
{% set questions = [
    'response_speed', 'problem_solving', 'quality', 'attitude', 'professionalism', 'communication', 'follow_up'
] -%}
{% set reasons = [
    'unknown_invitation', 'not_first_response', 'submitted_before_sent', 'too_late', 'expired', 'score_out_of_scale', 'overall_missing',
    'nps_missing', 'no_answer'
] -%}
{% set measures = [
    {'name': 'responses', 'count': 'true'},
    {'name': 'responses_valid', 'count': 'facts.is_valid'},
    {'name': 'overall_score', 'sum': 'case when facts.is_valid then facts.overall_score end', 'squares': true, 'cases': 'responses_with_overall'},
    {'name': 'responses_rated', 'count': 'facts.is_valid and (facts.overall_score is not null or facts.satisfied_score is not null)'},
    {'name': 'responses_satisfied', 'count': 'facts.is_valid and coalesce(facts.overall_score >= 4, facts.satisfied_score = 1)'},
    {'name': 'responses_dissatisfied', 'count': 'facts.is_valid and coalesce(facts.overall_score <= 2, facts.satisfied_score = 0)'},
    {'name': 'response_weight', 'sum': 'facts.response_weight', 'squares': true},
    {'name': 'satisfied_response_weight', 'sum': 'case when facts.overall_score >= 4 then facts.response_weight end'},
    {
        'name': 'bot_overall_score', 'sum': 'case when facts.is_valid and facts.is_bot_only then facts.overall_score end', 'squares': true,
        'cases': 'bot_responses_with_overall'
    },
    {
        'name': 'promoter_balance', 'squares': true, 'cases': 'responses_with_nps',
        'sum': 'case when not facts.is_valid then null when facts.nps_score >= 9 then 1 when facts.nps_score <= 6 then -1'
            ~ ' when facts.nps_score is not null then 0 end'
    },
    {'name': 'ces_score', 'sum': 'case when facts.is_valid then facts.ces_score end', 'squares': true, 'cases': 'responses_with_ces'}
] -%}
{% for question in questions -%}
    {% do measures.append({'name': 'responses_with_' ~ question, 'count': 'facts.is_valid and facts.' ~ question ~ '_score is not null'}) -%}
    {% do measures.append({'name': 'responses_satisfied_with_' ~ question, 'count': 'facts.is_valid and facts.' ~ question ~ '_score >= 4'}) -%}
{% endfor -%}
{% for score in range(1, 6) -%}
    {% do measures.append({'name': 'responses_scored_' ~ score, 'count': 'facts.is_valid and facts.overall_score = ' ~ score}) -%}
{% endfor -%}
{% for reason in reasons -%}
    {% do measures.append({'name': 'responses_' ~ reason, 'count': "facts.invalid_reason = '" ~ reason ~ "'"}) -%}
{% endfor -%}

{{ measure_table([
    {
        'facts': ref('fct_survey_responses'), 'date': 'submitted_on', 'dimensions': dimensions_of('ticket'), 'measures': measures,
        'where': 'facts.is_in_scope'
    }
]) }}
