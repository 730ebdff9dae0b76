-- How many suggestions were raised, and how many of them were taken up and became part of a product? By the day they were raised.
-- noqa: disable=PRS,LT05
{{ measure_table([
    {'facts': ref('fct_product_suggestions'), 'date': 'raised_on', 'dimensions': dimensions_of('ticket'), 'measures': [
            {'name': 'suggestions_raised', 'count': 'true'},
            {'name': 'suggestions_accepted', 'count': 'facts.is_accepted'},
            {'name': 'suggestions_released', 'count': 'facts.is_released'}
    ]}
]) }}
