-- Why do goods come back, product by product, category by category, merchant by merchant and by the terms of return? From the month
-- upwards; a share above that of all returns says what a member is worse at.
-- noqa: disable=LT02
with

returns as (
    {% for dimension, column in {
        'product': 'product_key', 'product_category': 'product_category', 'merchant': 'merchant_key', 'return_policy': 'return_policy'
    }.items() %}
    {%- for grain in ['month', 'quarter', 'year'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'requests.requested_on') }} as period_start,
        '{{ dimension }}' as dimension,
        coalesce(requests.{{ column }}, 'unknown') as member,

        coalesce(requests.reason, 'unknown') as reason,

        requests.is_completed,

        requests.quantity,
        requests.reporting_value_amount,
        requests.reporting_refunded_amount

    from {{ ref('fct_after_sales_requests') }} as requests
    where requests.request_type = 'return'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

returns_by_reason as (

    select
        returns.period_grain,
        returns.period_start,
        returns.dimension,
        returns.member,
        returns.reason,

        count(*) as return_count,
        count(*) filter (where returns.is_completed) as completed_return_count,
        cast(coalesce(sum(case when returns.is_completed then returns.quantity end), 0) as {{ type_integer() }}) as returned_unit_count,
        cast(
            coalesce(sum(case when returns.is_completed then returns.reporting_value_amount end), 0) as {{ type_money() }}
        ) as returned_amount,
        cast(coalesce(sum(returns.reporting_refunded_amount), 0) as {{ type_money() }}) as refunded_amount

    from returns
    group by
        returns.period_grain,
        returns.period_start,
        returns.dimension,
        returns.member,
        returns.reason

),

shares as (

    select
        reasons.period_grain,
        reasons.period_start,
        reasons.dimension,
        reasons.member,
        reasons.reason,

        reasons.return_count,
        cast(sum(reasons.return_count) over (
            partition by reasons.period_grain, reasons.period_start, reasons.dimension, reasons.member
        ) as {{ type_integer() }}) as all_return_count,
        sum(reasons.return_count) over (
            partition by reasons.period_grain, reasons.period_start, reasons.dimension, reasons.reason
        ) as reason_count,
        sum(reasons.return_count) over (partition by reasons.period_grain, reasons.period_start, reasons.dimension) as period_count,
        reasons.completed_return_count,
        reasons.returned_unit_count,
        reasons.returned_amount,
        reasons.refunded_amount

    from returns_by_reason as reasons

)

select
    shares.period_grain,
    shares.period_start,
    shares.dimension,
    shares.member,
    shares.reason,

    shares.all_return_count < {{ var('minimum_sample') }} as is_small_sample,

    shares.return_count,
    shares.all_return_count,
    {{ safe_divide('shares.return_count', 'shares.all_return_count') }} as return_share,
    {{ wilson_bound('-', 'shares.return_count', 'shares.all_return_count') }} as return_share_lower,
    {{ wilson_bound('+', 'shares.return_count', 'shares.all_return_count') }} as return_share_upper,
    {{ safe_divide('shares.reason_count', 'shares.period_count') }} as usual_share,
    shares.completed_return_count,
    shares.returned_unit_count,
    shares.returned_amount,
    shares.refunded_amount

from shares
