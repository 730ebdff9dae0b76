-- How many orders were placed, what was paid for them, and how many were cancelled for service? By the day of the order.
-- noqa: disable=PRS,LT05
{% set told = '(select told.source_system from ' ~ ref('fct_orders') ~ ' as told group by told.source_system'
    ~ ' having max(told.cancel_reason) is not null or count(*) filter (where told.is_cancelled) = 0)' -%}
{{ measure_table([
    {'facts': ref('fct_orders'), 'date': 'ordered_on', 'dimensions': dimensions_of('order'), 'measures': [
            {'name': 'orders_placed', 'count': 'true'},
            {'name': 'orders_paid_amount', 'sum': 'facts.reporting_paid_amount'},
            {'name': 'orders_with_known_cancellation', 'count': 'facts.source_system in ' ~ told},
            {'name': 'orders_cancelled_for_service', 'count': 'facts.is_cancelled_for_service'}
    ]}
]) }}
