-- Are repairs done better in the house or by partners: how long do they take, what do they cost, how many break again? From the month
-- upwards; time and cost by the day of request, repetitions by the day the repair was done.
-- noqa: disable=LT02
{% set dimensions = {'overall': "'all'", 'handled_by': 'requests.handled_by', 'partner': 'requests.partner_id'} -%}

with

costs_of_requests as (

    select
        service_costs.request_key,

        sum(service_costs.reporting_cost_amount) as cost_amount

    from {{ ref('fct_service_costs') }} as service_costs
    where service_costs.request_key is not null
    group by service_costs.request_key

),

requested as (
    {% for dimension, member in dimensions.items() %}
    {%- for grain in ['month', 'quarter', 'year'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'requests.requested_on') }} as period_start,
        '{{ dimension }}' as dimension,
        coalesce({{ member }}, 'unknown') as member,

        count(*) as repair_count,
        count(*) filter (where requests.is_completed) as completed_count,
        count(*) filter (where requests.is_under_warranty) as under_warranty_count,
        count(requests.processing_seconds) as timed_count,
        sum(requests.processing_seconds) as turnaround_seconds,
        median(requests.processing_seconds) as turnaround_seconds_median,
        count(costs_of_requests.cost_amount) as costed_count,
        cast(coalesce(sum(costs_of_requests.cost_amount), 0) as {{ type_money() }}) as cost_amount,
        cast(coalesce(sum(requests.reporting_fee_amount), 0) as {{ type_money() }}) as fee_amount

    from {{ ref('fct_after_sales_requests') }} as requests
    left join costs_of_requests
        on requests.request_key = costs_of_requests.request_key
    where
        requests.request_type = 'repair'
        {{ 'and requests.partner_id is not null' if dimension == 'partner' }}
    group by
        {{ period_start(grain, 'requests.requested_on') }},
        coalesce({{ member }}, 'unknown')
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

done as (
    {% for dimension, member in dimensions.items() %}
    {%- for grain in ['month', 'quarter', 'year'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'requests.completed_on') }} as period_start,
        '{{ dimension }}' as dimension,
        coalesce({{ member }}, 'unknown') as member,

        count(*) as mature_count,
        count(*) filter (where requests.is_repeated_within_90d) as repeated_count

    from {{ ref('fct_after_sales_requests') }} as requests
    where
        requests.is_repeated_within_90d is not null
        {{ 'and requests.partner_id is not null' if dimension == 'partner' }}
    group by
        {{ period_start(grain, 'requests.completed_on') }},
        coalesce({{ member }}, 'unknown')
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

cells as (

    select
        requested.period_grain,
        requested.period_start,
        requested.dimension,
        requested.member

    from requested

    union

    select
        done.period_grain,
        done.period_start,
        done.dimension,
        done.member

    from done

)

select
    cells.period_grain,
    cells.period_start,
    cells.dimension,
    cells.member,

    coalesce(requested.repair_count, 0) < {{ var('minimum_sample') }} as is_small_sample,

    coalesce(requested.repair_count, 0) as repair_count,
    coalesce(requested.completed_count, 0) as completed_count,
    {{ safe_divide('requested.under_warranty_count', 'requested.repair_count') }} as under_warranty_share,
    {{ safe_divide(kpi_minutes('requested.turnaround_seconds', 3600), 'requested.timed_count') }} as turnaround_hours_mean,
    {{ kpi_minutes('requested.turnaround_seconds_median', 3600) }} as turnaround_hours_median,
    coalesce(requested.cost_amount, 0) as cost_amount,
    {{ safe_divide('requested.cost_amount', 'requested.costed_count') }} as cost_per_repair,
    coalesce(requested.fee_amount, 0) as fee_amount,
    coalesce(done.mature_count, 0) as mature_count,
    coalesce(done.repeated_count, 0) as repeated_count,
    {{ safe_divide('done.repeated_count', 'done.mature_count') }} as repeat_rate_90d,
    {{ wilson_bound('-', 'done.repeated_count', 'done.mature_count') }} as repeat_rate_90d_lower,
    {{ wilson_bound('+', 'done.repeated_count', 'done.mature_count') }} as repeat_rate_90d_upper

from cells
left join requested
    on {{ same_cell('cells', 'requested') }}
left join done
    on {{ same_cell('cells', 'done') }}
