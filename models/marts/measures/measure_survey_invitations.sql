-- How many surveys were sent, and how many came back? By the day of sending.
-- noqa: disable=PRS,LT05
{{ measures_of(ref('fct_survey_invitations'), 'sent_on', dimensions_of('ticket'), [
    {'name': 'surveys_sent', 'count': 'true'},
    {'name': 'surveys_with_known_response', 'count': 'facts.is_responded is not null'},
    {'name': 'surveys_responded', 'count': 'facts.is_responded'},
    {'name': 'surveys_with_known_validity', 'count': 'facts.is_valid_response is not null'},
    {'name': 'surveys_validly_responded', 'count': 'facts.is_valid_response'}
]) }}
