-- What is counted, summed and ranked of after-sales requests, by the day of request, of repairs by the day they were done, and of orders
-- with a request by the day of the order.
-- noqa: disable=PRS,LT05
{% set of_returns = "facts.request_type = 'return'" -%}
{% set of_repairs = "facts.request_type = 'repair'" -%}
{% set measures = [
    {'name': 'requests_made', 'count': 'true'},
    {'name': 'requests_with_known_costs', 'count': of_shops_with(ref('fct_service_costs'))},
    {'name': 'self_service_requests_made', 'count': 'facts.is_self_service'},
    {'name': 'exchanges_requested', 'count': "facts.request_type = 'exchange'"},
    {'name': 'requests_approved', 'count': 'facts.is_approved'},
    {'name': 'requests_approved_or_rejected', 'count': 'facts.is_approved or facts.is_rejected'},
    {'name': 'requests_withdrawn', 'count': 'facts.is_withdrawn'},
    {'name': 'requests_open', 'count': 'facts.is_open'},
    {'name': 'requests_completed', 'count': 'facts.is_completed'},
    {'name': 'requests_approved_30d_ago', 'count': 'facts.is_completed_since_approval is not null'},
    {'name': 'requests_approved_30d_ago_completed', 'count': 'facts.is_completed_since_approval'},
    {'name': 'requests_at_least_24h_old', 'count': 'facts.is_completed_within_24h is not null'},
    {'name': 'requests_completed_within_24h', 'count': 'facts.is_completed_within_24h'},
    {'name': 'requests_approved_out_of_policy', 'count': 'facts.is_approved and facts.is_outside_policy'},
    {
        'name': 'refunded_out_of_policy_amount',
        'sum': 'case when facts.is_approved and facts.is_outside_policy then facts.reporting_refunded_amount end'
    },
    {'name': 'returns_with_reason', 'count': of_returns ~ ' and facts.reason is not null'},
    {'name': 'returns_not_as_described', 'count': of_returns ~ " and facts.reason = 'not_as_described'"},
    {'name': 'returns_completed', 'count': of_returns ~ ' and facts.is_completed'},
    {'name': 'returned_units', 'sum': 'case when ' ~ of_returns ~ ' and facts.is_completed then facts.quantity end'},
    {'name': 'returned_value', 'sum': 'case when ' ~ of_returns ~ ' and facts.is_completed then facts.reporting_value_amount end'},
    {'name': 'return_value_retained', 'sum': 'facts.reporting_retained_amount'},
    {
        'name': 'return_value_completed', 'squares': true,
        'sum': 'case when facts.reporting_retained_amount is not null then facts.reporting_value_amount end'
    },
    {'name': 'requests_judged_by_platform', 'count': 'facts.is_escalated_to_platform and facts.platform_verdict is not null'},
    {'name': 'requests_judged_against_shop', 'count': "facts.is_escalated_to_platform and facts.platform_verdict = 'shop'"},
    {'name': 'repairs_requested', 'count': of_repairs},
    {'name': 'repairs_under_warranty', 'count': of_repairs ~ ' and facts.is_under_warranty'},
    {
        'name': 'repair_turnaround_seconds', 'sum': 'case when ' ~ of_repairs ~ ' then facts.processing_seconds end',
        'cases': 'repairs_with_turnaround', 'quantiles': ['median']
    }
] -%}
{% for step in ['processing', 'decision', 'receipt', 'completion'] -%}
    {% do measures.append({
        'name': step ~ '_seconds', 'sum': 'facts.' ~ step ~ '_seconds', 'squares': true, 'cases': 'requests_with_' ~ step ~ '_time',
        'quantiles': ['median', 'p90']
    }) -%}
{% endfor -%}

{{ measure_table([
    {'facts': ref('fct_after_sales_requests'), 'date': 'requested_on', 'dimensions': dimensions_of('request'), 'measures': measures},
    {
        'facts': ref('fct_after_sales_requests'), 'date': 'completed_on', 'dimensions': dimensions_of('request'),
        'measures': [
            {'name': 'repairs_completed_90d_ago', 'count': 'facts.is_repeated_within_90d is not null'},
            {'name': 'repairs_repeated_within_90d', 'count': 'facts.is_repeated_within_90d'}
        ],
        'where': of_repairs
    },
    {
        'facts': ref('fct_orders'), 'date': 'ordered_on', 'dimensions': dimensions_of('order'),
        'measures': [{'name': 'orders_with_escalated_request', 'count': 'facts.is_escalated_to_platform'}]
    }
]) }}
