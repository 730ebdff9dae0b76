-- What did service do to loyalty and sales? Who ordered again by the day their ticket was resolved, who ordered at all by the day they asked
-- before it, and what was ordered soon after a person's reply by the day of the order.
-- noqa: disable=PRS,LT05
{{ measure_table([
    {
        'facts': ref('fct_ticket_next_orders'), 'date': 'resolved_on', 'dimensions': dimensions_of('ticket'), 'where': 'not facts.is_pre_sale',
        'measures': [
            {'name': 'tickets_resolved_90d_ago', 'count': 'facts.is_ordered_within_90d is not null'},
            {'name': 'tickets_with_order_within_90d', 'count': 'facts.is_ordered_within_90d'},
            {'name': 'tickets_resolved_180d_ago', 'count': 'facts.is_ordered_within_180d is not null'},
            {'name': 'tickets_without_order_within_180d', 'count': 'not facts.is_ordered_within_180d'}
        ]
    },
    {
        'facts': ref('fct_ticket_next_orders'), 'date': 'created_on', 'dimensions': dimensions_of('ticket'), 'where': 'facts.is_pre_sale',
        'measures': [
            {'name': 'presale_tickets_7d_old', 'count': 'facts.is_converted_within_7d is not null'},
            {'name': 'presale_tickets_converted', 'count': 'facts.is_converted_within_7d'}
        ]
    },
    {
        'facts': ref('fct_assisted_orders'), 'date': 'ordered_on', 'dimensions': dimensions_of('ticket'),
        'measures': [
            {'name': 'orders_assisted', 'count': 'true'},
            {'name': 'assisted_orders_net_amount', 'sum': 'facts.reporting_net_amount', 'squares': true}
        ]
    }
]) }}
