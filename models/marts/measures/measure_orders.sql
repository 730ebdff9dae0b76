-- How many orders were placed, and what was paid for them? By the day of the order.
-- noqa: disable=PRS,LT05
{{ measure_table([
    {'facts': ref('fct_orders'), 'date': 'ordered_on', 'dimensions': dimensions_of('order'), 'measures': [
            {'name': 'orders_placed', 'count': 'true'},
            {'name': 'orders_paid_amount', 'sum': 'facts.reporting_paid_amount'}
    ]}
]) }}
