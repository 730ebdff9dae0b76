-- How many needs of customers are there, and how many were sought help for on several channels? By the day of the first ticket.
-- noqa: disable=PRS,LT05
{{ measures_of(ref('fct_customer_needs'), 'created_on', dimensions_of('ticket'), [
    {'name': 'needs', 'count': 'true'},
    {'name': 'needs_on_several_channels', 'count': 'facts.is_multi_channel'}
]) }}
