-- How much did people get done on the days they worked?
-- noqa: disable=PRS,LT05
{{ measure_table([
    {'facts': ref('fct_agent_days'), 'date': 'worked_on', 'dimensions': dimensions_of('agent'), 'per': 'agent_key', 'measures': [
            {'name': 'agent_tickets_resolved', 'sum': 'facts.resolved_count'},
            {'name': 'agent_days', 'sum': 'facts.agent_day_count'},
            {'name': 'agent_replies', 'sum': 'facts.reply_count'},
            {'name': 'working_agents_with_known_costs', 'distinct': 'facts.reply_count > 0 and ' ~ of_shops_with(ref('fct_service_costs'))}
    ]}
]) }}
