-- How long did customers wait for an answer, turn by turn? By the day the turn opened, under whoever answered; whether it was answered
-- at all is asked of whoever held the ticket then. What the solving of the ticket made void, and what somebody without a role answered,
-- counts nowhere.
-- noqa: disable=PRS,LT05
{{ measure_table([
    {
        'facts': ref('fct_ticket_turns'), 'date': 'opened_on', 'dimensions': dimensions_of('ticket'), 'where': 'facts.is_in_scope',
        'measures': [
            {'name': 'turns_opened', 'count': "facts.outcome in ('answered', 'open')"},
            {
                'name': 'reply_seconds', 'sum': 'facts.reply_seconds', 'squares': true, 'cases': 'turns_answered',
                'quantiles': ['median', 'p90']
            },
            {
                'name': 'reply_business_seconds', 'sum': 'facts.reply_business_seconds', 'cases': 'turns_answered_business',
                'quantiles': ['median']
            },
            {'name': 'turns_with_reply_target_due', 'count': 'facts.target_due_at <= ' ~ as_of()},
            {'name': 'turns_replied_within_target', 'count': 'facts.target_due_at <= ' ~ as_of() ~ ' and facts.is_replied_within_target'},
            {'name': 'next_reply_judged', 'count': 'facts.is_next_reply_in_time is not null'},
            {'name': 'next_reply_in_time', 'count': 'facts.is_next_reply_in_time'}
        ]
    },
    {
        'facts': ref('fct_ticket_turns'), 'date': 'opened_on', 'dimensions': dimensions_of('ticket'), 'where': 'facts.is_in_scope',
        'columns': {'agent': 'holder_key', 'agent_team': 'holder_team'},
        'measures': [
            {'name': 'turns_due_an_answer', 'count': 'facts.answer_due_at <= ' ~ as_of()},
            {'name': 'turns_unanswered', 'count': 'facts.answer_due_at <= ' ~ as_of() ~ ' and not facts.is_answered_in_time'}
        ]
    }
]) }}
