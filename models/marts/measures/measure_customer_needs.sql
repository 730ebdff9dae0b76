-- How many needs of customers are there, and how many were sought help for on several channels? By the day of the first ticket.
-- noqa: disable=PRS,LT05
{{ measure_table([
    {'facts': ref('fct_customer_needs'), 'date': 'created_on', 'dimensions': dimensions_of('ticket'), 'measures': [
            {'name': 'needs', 'count': 'true'},
            {'name': 'needs_on_several_channels', 'count': 'facts.is_multi_channel'}
    ]}
]) }}
