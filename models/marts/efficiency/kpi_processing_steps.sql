-- How long do after-sales requests take, in whole and by step? By the day of request.
-- noqa: disable=LT02
{% set dimensions = ['product_category', 'region', 'customer_tier', 'merchant'] -%}
{% set steps = ['processing', 'decision', 'receipt', 'completion'] -%}
{% set measures = [] -%}
{% for step in steps -%}
    {% for kind in ['mean', 'median', 'p90'] -%}
        {% do measures.append({'id': step ~ '_' ~ kind, 'kind': kind, 'value': step ~ '_seconds', 'divisor': 3600}) -%}
    {% endfor -%}
{% endfor -%}

with

requests as (

    {{ kpi_rollup(ref('int_request_processing__observed'), 'requested_on', dimensions, measures) }}  -- noqa: PRS

)
{% for step in steps %}
select
    requests.period_grain,
    requests.period_start,
    requests.dimension,
    requests.member,
    '{{ step }}' as step,

    requests.{{ step }}_mean_n as request_count,
    requests.{{ step }}_mean as hours_mean,
    requests.{{ step }}_mean_lower as hours_mean_lower,
    requests.{{ step }}_mean_upper as hours_mean_upper,
    requests.{{ step }}_median as hours_median,
    requests.{{ step }}_p90 as hours_p90

from requests
where requests.{{ step }}_mean_n > 0
{{ 'union all' if not loop.last }}
{%- endfor %}
