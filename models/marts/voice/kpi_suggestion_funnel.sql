-- How many suggestions are raised, accepted, released, and how long does it take? From the month upwards, also product by product. Days are
-- those of the suggestions that have come so far, in the right order; the newest that come are the quick ones. Seconds are summed: a second
-- has no end as a decimal part of a day.
-- noqa: disable=LT02,PRS
{% set grains = ['month', 'quarter', 'year'] -%}
{% set dimensions = ['product', 'merchant', 'product_category', 'channel', 'issue_type', 'shop'] -%}
{% set measures = [
    {'name': 'acceptance_seconds', 'sum': 'facts.acceptance_days * 86400'},
    {'name': 'making_seconds', 'sum': 'facts.making_days * 86400'},
    {'name': 'release_seconds', 'sum': 'facts.release_days * 86400'},
    {'name': 'accepted', 'count': 'facts.is_accepted'},
    {'name': 'released', 'count': 'facts.is_released'}
] -%}
{% set suggestions = {'facts': ref('fct_product_suggestions'), 'date': 'raised_on', 'columns': {'product': 'product_key'}} -%}

with

counted as (

    select
        {{ kpi_cell_columns(dimensions, grains) }},

        count(*) as raised_count,
        count(observed.accepted) as accepted_count,
        count(observed.released) as released_count,
        {%- for step in ['acceptance', 'making', 'release'] %}
        count(observed.{{ step }}_seconds) as {{ step }}_count,
        sum(observed.{{ step }}_seconds) as {{ step }}_seconds_sum,
        median(cast(observed.{{ step }}_seconds as {{ type_double() }})) as {{ step }}_seconds_median{{ ',' if not loop.last }}
        {%- endfor %}

    from (
        {{ measure_inputs(suggestions, grains, dimensions, measures) }}
    ) as observed
    {{ kpi_grouping_sets(dimensions, grains, grains) }}

)

select
    counted.period_grain,
    counted.period_start,
    counted.dimension,
    counted.member,

    counted.raised_count < {{ var('minimum_sample') }} as is_small_sample,

    counted.raised_count,
    counted.accepted_count,
    counted.released_count,
    {{ safe_divide('counted.accepted_count', 'counted.raised_count') }} as acceptance_rate,
    {{ wilson_bound('-', 'counted.accepted_count', 'counted.raised_count') }} as acceptance_rate_lower,
    {{ wilson_bound('+', 'counted.accepted_count', 'counted.raised_count') }} as acceptance_rate_upper,
    {{ safe_divide('counted.released_count', 'counted.accepted_count') }} as released_of_accepted_rate,
    {{ wilson_bound('-', 'counted.released_count', 'counted.accepted_count') }} as released_of_accepted_rate_lower,
    {{ wilson_bound('+', 'counted.released_count', 'counted.accepted_count') }} as released_of_accepted_rate_upper,
    {{ safe_divide('counted.released_count', 'counted.raised_count') }} as release_rate,
    {{ wilson_bound('-', 'counted.released_count', 'counted.raised_count') }} as release_rate_lower,
    {{ wilson_bound('+', 'counted.released_count', 'counted.raised_count') }} as release_rate_upper,
    {%- for step in ['acceptance', 'making', 'release'] %}
    {{ safe_divide('counted.' ~ step ~ '_seconds_sum', 'counted.' ~ step ~ '_count') }} / 86400 as {{ step }}_days_mean,
    counted.{{ step }}_seconds_median / 86400 as {{ step }}_days_median{{ ',' if not loop.last }}
    {%- endfor %}

from counted
