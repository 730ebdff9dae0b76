-- How many customers ordered, met a problem with an order, and how did they judge it at last? By the day of the order.
-- noqa: disable=PRS,LT05
{% set tickets = ref('fct_tickets') -%}
{{ measure_table([
    {
        'facts': ref('fct_orders'), 'date': 'ordered_on', 'dimensions': dimensions_of('order'), 'per': 'customer_key',
        'measures': [
            {'name': 'orders_of_known_customers', 'count': 'true'},
            {'name': 'customers_with_order', 'distinct': 'true'},
            {
                'name': 'customers_with_problem',
                'distinct': 'facts.order_key in (select tickets.order_key from ' ~ tickets ~ ' as tickets where tickets.is_in_scope)'
            }
        ],
        'where': 'facts.customer_key is not null and ' ~ of_shops_with(tickets)
    },
    {
        'facts': ref('fct_problem_judgements'), 'date': 'ordered_on', 'dimensions': dimensions_of('ticket'), 'per': 'customer_key',
        'measures': [
            {'name': 'problem_judgements', 'count': 'true'},
            {'name': 'customers_with_judgement', 'distinct': 'true'},
            {'name': 'customers_satisfied_at_last', 'distinct': 'facts.is_satisfied', 'latest_by': 'facts.judgement_number'}
        ]
    }
]) }}
