-- How many surveys were sent, about what service answers for, and how many came back? By the day of sending.
-- noqa: disable=PRS,LT05
{{ measure_table([
    {'facts': ref('fct_survey_invitations'), 'date': 'sent_on', 'dimensions': dimensions_of('ticket'), 'measures': [
            {'name': 'surveys_sent', 'count': 'true'},
            {'name': 'surveys_with_known_response', 'count': 'facts.is_responded is not null'},
            {'name': 'surveys_responded', 'count': 'facts.is_responded'},
            {'name': 'surveys_with_known_validity', 'count': 'facts.is_valid_response is not null'},
            {'name': 'surveys_validly_responded', 'count': 'facts.is_valid_response'}
    ], 'where': 'facts.is_in_scope'}
]) }}
