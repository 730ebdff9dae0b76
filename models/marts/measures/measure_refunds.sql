-- What was paid back? By the day it was paid out, under what the refund is about; and of the orders of a day, under what the orders are, so
-- that it can be divided by what was paid for them; what goes back for an order that nobody says was paid is in neither half.
-- noqa: disable=PRS,LT05
{{ measure_table([
    {'facts': ref('fct_refunds'), 'date': 'refunded_on', 'dimensions': dimensions_of('request'), 'measures': [
            {'name': 'refunds_paid', 'count': 'true'},
            {'name': 'partial_refunds_paid', 'count': 'facts.is_partial'},
            {'name': 'refunds_of_one_line', 'count': 'facts.order_item_key is not null'},
            {'name': 'refunded_amount', 'sum': 'facts.reporting_refund_amount'}
    ]},
    {'facts': ref('fct_orders'), 'date': 'ordered_on', 'dimensions': dimensions_of('order'), 'measures': [
            {'name': 'orders_refunded_amount', 'sum': 'case when facts.is_paid then facts.reporting_refunded_amount end', 'cases': 'orders_refunded'},
            {'name': 'orders_refunded_amount_for_quality', 'sum': 'case when facts.is_paid then facts.reporting_refunded_for_quality_amount end'}
    ]}
]) }}
