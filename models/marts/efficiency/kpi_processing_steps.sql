-- How long do after-sales requests take, in whole and by step? By the day of request.
-- noqa: disable=LT02
{{ config(materialized='by_period') }}
{% set steps = ['processing', 'decision', 'receipt', 'completion'] -%}
{% set names = [] -%}
{% for step in steps -%}
    {% do names.extend([step ~ '_seconds', step ~ '_seconds_median', step ~ '_seconds_p90']) -%}
{% endfor -%}

with

requests as (

    {{ measures_side_by_side(ref('measure_requests'), names) }}

)
{% for step in steps %}
{% set seconds = 'requests.' ~ step ~ '_seconds' -%}
select
    requests.period_grain,
    requests.period_start,
    requests.dimension,
    requests.member,
    '{{ step }}' as step,

    {{ seconds }}_n as request_count,
    {{ safe_divide(kpi_minutes(seconds ~ '_total', 3600), seconds ~ '_n') }} as hours_mean,
    {{ mean_bound('-', seconds ~ '_n', kpi_minutes(seconds ~ '_total', 3600), kpi_minutes(kpi_minutes(seconds ~ '_squares', 3600), 3600)) }}
        as hours_mean_lower,
    {{ mean_bound('+', seconds ~ '_n', kpi_minutes(seconds ~ '_total', 3600), kpi_minutes(kpi_minutes(seconds ~ '_squares', 3600), 3600)) }}
        as hours_mean_upper,
    {{ kpi_minutes(seconds ~ '_median', 3600) }} as hours_median,
    {{ kpi_minutes(seconds ~ '_p90', 3600) }} as hours_p90

from requests
where {{ seconds }}_n > 0
{{ 'union all' if not loop.last }}
{%- endfor %}
{{ built_from([fingerprints_of(ref('measure_requests'))]) }}
