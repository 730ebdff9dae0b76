-- How many orders were placed? By the day of the order.
-- noqa: disable=PRS,LT05
{{ measure_table([
    {'facts': ref('fct_orders'), 'date': 'ordered_on', 'dimensions': dimensions_of('order'), 'measures': [
            {'name': 'orders_placed', 'count': 'true'}
    ]}
]) }}
