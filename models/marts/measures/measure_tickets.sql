-- What is counted, summed and ranked of tickets in scope: by the day they were opened, and by the day they were resolved for good.
-- noqa: disable=PRS,LT05
{% set clocks = {
    'queue': 'tickets_with_first_assignment', 'first_reply': 'tickets_with_first_reply', 'first_bot_reply': 'tickets_with_first_bot_reply',
    'resolution': 'tickets_with_resolution_time', 'result_feedback': 'tickets_with_result_feedback'
} -%}
{% set opened = [
    {'name': 'tickets_created', 'count': 'true'},
    {'name': 'tickets_with_known_orders', 'count': of_shops_with(ref('fct_orders'))},
    {'name': 'tickets_with_known_costs', 'count': of_shops_with(ref('fct_service_costs'))},
    {'name': 'complaint_tickets_with_known_orders', 'count': 'facts.is_complaint and ' ~ of_shops_with(ref('fct_orders'))},
    {'name': 'tickets_with_known_resolution', 'count': 'facts.is_resolved is not null'},
    {'name': 'tickets_with_known_self_service', 'count': 'facts.is_self_served is not null'},
    {'name': 'tickets_self_served', 'count': 'facts.is_self_served'},
    {'name': 'tickets_with_bot_reply', 'count': 'facts.is_contained_by_bot is not null'},
    {'name': 'tickets_contained_by_bot', 'count': 'facts.is_contained_by_bot'},
    {
        'name': 'resolved_ticket_replies',
        'sum': 'case when facts.is_resolved and facts.reply_without_role_count = 0 then facts.human_reply_count end',
        'cases': 'resolved_tickets_with_known_replies'
    },
    {'name': 'ticket_transfers', 'sum': 'facts.transfer_count'},
    {'name': 'created_tickets_resolved', 'count': 'facts.is_resolved'},
    {'name': 'tickets_ever_resolved', 'count': 'facts.first_resolved_at is not null'},
    {'name': 'tickets_reopened', 'count': 'facts.first_resolved_at is not null and facts.reopen_count > 0'},
    {'name': 'tickets_assigned', 'count': 'facts.assigned_agent_count > 0'},
    {'name': 'tickets_transferred', 'count': 'facts.assigned_agent_count > 1'},
    {'name': 'complaint_tickets_created', 'count': 'facts.is_complaint'},
    {
        'name': 'complaint_handling_seconds', 'sum': 'case when facts.is_complaint then facts.resolution_seconds end', 'squares': true,
        'cases': 'complaints_with_handling_time', 'quantiles': ['median', 'p90']
    },
    {'name': 'ticket_messages', 'sum': 'facts.message_count', 'cases': 'tickets_with_known_replies'},
    {'name': 'human_replies', 'sum': 'facts.human_reply_count'},
    {'name': 'customer_messages', 'sum': 'case when facts.human_reply_count is not null then facts.customer_reply_count end'},
    {
        'name': 'requester_wait_seconds', 'sum': 'facts.requester_wait_seconds', 'cases': 'tickets_with_requester_wait',
        'quantiles': ['median']
    },
    {'name': 'tickets_replied_by_bot', 'count': 'facts.bot_reply_count > 0'},
    {'name': 'bot_handoff_seconds', 'sum': 'facts.bot_handoff_seconds', 'cases': 'tickets_handed_over_by_bot', 'quantiles': ['median']},
    {
        'name': 'handling_seconds', 'sum': 'case when facts.is_resolved then facts.handling_seconds end', 'squares': true,
        'cases': 'tickets_with_handling_time'
    }
] -%}
{% for code in ['root_cause_solved', 'targeted_solution', 'guided_self_solve', 'referred_to_repair', 'unsolved'] -%}
    {% do opened.append({
        'name': 'tickets_resolved_by_' ~ code, 'count': "facts.is_resolved and facts.resolution_code = '" ~ code ~ "'"
    }) -%}
{% endfor -%}
{% do opened.append({'name': 'tickets_resolved_by_no_known_code', 'count': 'facts.is_resolved and facts.resolution_code is null'}) -%}
{% set outcomes = [
    {'name': 'created_tickets_resolved_7d_ago', 'count': 'facts.is_asked_again_within_7d is not null'},
    {'name': 'tickets_with_repeat_contact', 'count': 'facts.is_asked_again_within_7d'},
    {'name': 'replied_tickets_resolved_7d_ago', 'count': 'facts.is_resolved_at_first_contact is not null'},
    {'name': 'tickets_resolved_at_first_contact', 'count': 'facts.is_resolved_at_first_contact'},
    {'name': 'tickets_with_known_events', 'count': 'facts.is_escalated is not null'},
    {'name': 'tickets_escalated', 'count': 'facts.is_escalated'}
] -%}
{% for score, name in {
    'quality': 'quality', 'response_speed': 'response_band', 'problem_solving': 'resolution', 'attitude': 'attitude',
    'communication': 'communication', 'follow_up': 'follow_up'
}.items() -%}
    {% do outcomes.append({
        'name': name ~ '_score', 'sum': 'facts.' ~ score ~ '_score', 'squares': true, 'cases': 'tickets_with_' ~ name ~ '_score'
    }) -%}
{% endfor -%}
{% for grade in ['excellent', 'good', 'fair', 'poor', 'bad'] -%}
    {% do outcomes.append({'name': 'tickets_graded_' ~ grade, 'count': "facts.quality_grade = '" ~ grade ~ "'"}) -%}
{% endfor -%}
{% for age in ['24h', '48h', '7d'] -%}
    {% do outcomes.append({'name': 'tickets_at_least_' ~ age ~ '_old', 'count': 'facts.is_resolved_within_' ~ age ~ ' is not null'}) -%}
    {% do outcomes.append({'name': 'tickets_resolved_within_' ~ age, 'count': 'facts.is_resolved_within_' ~ age}) -%}
{% endfor -%}
{% for channel in ['phone', 'chat', 'email', 'social', 'app', 'self_service', 'bot', 'store'] -%}
    {% do opened.append({'name': 'tickets_on_' ~ channel, 'count': "facts.channel = '" ~ channel ~ "'"}) -%}
{% endfor -%}
{% do opened.append({'name': 'tickets_on_no_known_channel', 'count': 'facts.channel is null'}) -%}
{% for clock, cases in clocks.items() -%}
    {% for basis in ['', '_business'] -%}
        {% do opened.append({
            'name': clock ~ basis ~ '_seconds', 'sum': 'facts.' ~ clock ~ basis ~ '_seconds', 'squares': true,
            'cases': cases ~ basis, 'quantiles': ['median', 'p90']
        }) -%}
    {% endfor -%}
{% endfor -%}

{{ measure_table([
    {
        'facts': ref('fct_tickets'), 'date': 'created_on', 'dimensions': dimensions_of('ticket'), 'measures': opened,
        'where': 'facts.is_in_scope'
    },
    {'facts': ref('fct_ticket_outcomes'), 'date': 'created_on', 'dimensions': dimensions_of('ticket'), 'measures': outcomes},
    {
        'facts': ref('fct_tickets'), 'date': 'resolved_on', 'dimensions': dimensions_of('ticket'),
        'measures': [
            {'name': 'tickets_resolved', 'count': 'true'},
            {'name': 'tickets_resolved_with_known_costs', 'count': of_shops_with(ref('fct_service_costs'))}
        ],
        'where': 'facts.is_in_scope'
    }
]) }}
