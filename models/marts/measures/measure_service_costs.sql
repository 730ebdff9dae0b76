-- What did after-sales service cost, in whole and by category? By the day the cost arose.
-- noqa: disable=PRS,LT05
{% set measures = [
    {'name': 'service_costs_incurred', 'sum': 'facts.reporting_cost_amount'},
    {'name': 'costs_with_known_orders', 'sum': 'case when ' ~ of_shops_with(ref('fct_orders')) ~ ' then facts.reporting_cost_amount end'},
    {'name': 'costs_with_known_tickets', 'sum': 'case when ' ~ of_shops_with(ref('fct_tickets')) ~ ' then facts.reporting_cost_amount end'},
    {
        'name': 'costs_with_known_requests',
        'sum': 'case when ' ~ of_shops_with(ref('fct_after_sales_requests')) ~ ' then facts.reporting_cost_amount end'
    }
] -%}
{% for category in contract_values('service_costs').get('cost_category', []) -%}
    {% do measures.append({
        'name': category ~ '_cost', 'sum': "case when facts.cost_category = '" ~ category ~ "' then facts.reporting_cost_amount end"
    }) -%}
{% endfor -%}

{{ measure_table([
    {'facts': ref('fct_service_costs'), 'date': 'incurred_on', 'dimensions': dimensions_of('cost'), 'measures': measures}
]) }}
