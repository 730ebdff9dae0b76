-- What did customers expect, and what did they meet with? By the day they said so; and how many tickets were first replied to within what is
-- expected of their issue type, by the day they were opened.
-- noqa: disable=PRS,LT05
{% set expected = ref('fct_expected_reply_times') -%}
{% set expected_seconds = '(select max(expected.expected_seconds) from ' ~ expected ~ ' as expected where expected.shop = facts.shop'
    ~ ' and expected.issue_type = facts.issue_type and expected.month_on = ' ~ period_start('month', 'facts.created_on') ~ ')' -%}
{{ measure_table([
    {'facts': ref('fct_expectation_items'), 'date': 'submitted_on', 'dimensions': dimensions_of('ticket'), 'measures': [
            {'name': 'expectation_gap', 'sum': 'facts.gap', 'squares': true, 'cases': 'expectation_pairs'},
            {'name': 'expectation_pairs_worse', 'count': 'facts.is_worse'},
            {'name': 'important_pairs', 'count': 'facts.is_pair and facts.is_most_important'},
            {'name': 'important_pairs_met', 'count': 'facts.is_most_important and not facts.is_worse'},
            {
                'name': 'expected_first_reply_minutes', 'squares': true, 'cases': 'responses_with_expected_first_reply',
                'sum': "case when facts.item = 'first_reply_minutes' then facts.expected_score end"
            }
    ]},
    {'facts': ref('fct_tickets'), 'date': 'created_on', 'dimensions': dimensions_of('ticket'), 'measures': [
            {'name': 'tickets_with_expected_minutes', 'count': expected_seconds ~ ' is not null'},
            {'name': 'tickets_replied_within_expected_minutes', 'count': 'facts.first_reply_seconds <= ' ~ expected_seconds}
    ], 'where': 'facts.is_in_scope and facts.first_reply_seconds is not null'}
]) }}
