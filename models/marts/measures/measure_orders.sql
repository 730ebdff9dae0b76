-- How many orders were placed, what was paid for them, and how many were cancelled for service? By the day of the order; beside what else a shop
-- tells, of shops that tell it.
-- noqa: disable=PRS,LT05
{% set with_refunds, with_costs = of_shops_with(ref('fct_refunds')), of_shops_with(ref('fct_service_costs')) -%}
{% set told = '(select told.source_system from ' ~ ref('fct_orders') ~ ' as told group by told.source_system'
    ~ ' having max(told.cancel_reason) is not null or count(*) filter (where told.is_cancelled) = 0)' -%}
{{ measure_table([
    {'facts': ref('fct_orders'), 'date': 'ordered_on', 'dimensions': dimensions_of('order'), 'measures': [
            {'name': 'orders_placed', 'count': 'true'},
            {'name': 'orders_with_known_cancellation', 'count': 'facts.source_system in ' ~ told},
            {'name': 'orders_cancelled_for_service', 'count': 'facts.is_cancelled_for_service'},
            {'name': 'orders_with_known_tickets', 'count': of_shops_with(ref('fct_tickets'))},
            {'name': 'orders_with_known_requests', 'count': of_shops_with(ref('fct_after_sales_requests'))},
            {'name': 'orders_with_known_refunds', 'count': with_refunds},
            {'name': 'orders_with_known_costs', 'count': with_costs},
            {'name': 'paid_amount_with_known_refunds', 'sum': 'case when ' ~ with_refunds ~ ' then facts.reporting_paid_amount end'},
            {'name': 'paid_amount_with_known_costs', 'sum': 'case when ' ~ with_costs ~ ' then facts.reporting_paid_amount end'}
    ]}
]) }}
