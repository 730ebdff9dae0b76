-- What is counted, summed and ranked of after-sales requests, by the day of request.
-- noqa: disable=PRS,LT05
{% set measures = [] -%}
{% for step in ['processing', 'decision', 'receipt', 'completion'] -%}
    {% do measures.append({
        'name': step ~ '_seconds', 'sum': 'facts.' ~ step ~ '_seconds', 'squares': true, 'cases': 'requests_with_' ~ step ~ '_time',
        'quantiles': ['median', 'p90']
    }) -%}
{% endfor -%}

{{ measure_table([
    {'facts': ref('fct_after_sales_requests'), 'date': 'requested_on', 'dimensions': dimensions_of('request'), 'measures': measures}
]) }}
