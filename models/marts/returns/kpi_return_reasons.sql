-- How much comes back, and why, product by product, category by category, merchant by merchant and by the terms of return? From the month
-- upwards; a share above that of all returns says what a member is worse at. The reason `all` stands for all of them together, also of what
-- was delivered and never asked back.
-- noqa: disable=LT02
{% set dimensions = {
    'product': 'product_key', 'product_category': 'product_category', 'merchant': 'merchant_key', 'return_policy': 'return_policy'
} -%}
{% set sums = ['return_count', 'completed_return_count', 'returned_unit_count', 'returned_amount', 'refunded_amount'] -%}
{% set delivered_sums = ['delivered_unit_count', 'mature_unit_count', 'mature_returned_unit_count'] -%}
{% set grains = ['month', 'quarter', 'year'] -%}
{{ config(materialized='by_period') }}
{% set returns -%}
        select
            requests.reason,
            {%- for column in dimensions.values() %}
            requests.{{ column }},
            {%- endfor %}

            requests.is_completed,

            requests.quantity,
            requests.reporting_value_amount,
            requests.reporting_refunded_amount,

            requests.requested_on

        from {{ ref('fct_after_sales_requests') }} as requests
        where requests.request_type = 'return'
{%- endset %}
{% set delivered_lines -%}
        select
            {%- for column in dimensions.values() %}
            order_lines.{{ column }},
            {%- endfor %}

            order_lines.is_return_window_over,

            order_lines.quantity,
            order_lines.returned_quantity,

            order_lines.delivered_on

        from {{ ref('fct_order_items') }} as order_lines
        where
            order_lines.delivered_on is not null
            and {{ of_shops_with(ref('fct_after_sales_requests'), 'order_lines') }}
{%- endset %}
{% set are_touched = [] -%}
{% for grain in grains -%}
    {% do are_touched.append(touched_condition(true, grain, 'told_on')) -%}
{% endfor -%}

with

-- Rows are summed once, by month: quarters and years are sums of months.
month_returns as (
    {%- call calculated_once('month_returns') %}
    {% for dimension, column in dimensions.items() %}
    select
        {{ period_start('month', 'requests.requested_on') }} as month_start,
        '{{ dimension }}' as dimension,
        coalesce(requests.{{ column }}, 'unknown') as member,

        coalesce(requests.reason, 'unknown') as reason,

        count(*) as return_count,
        count(*) filter (where requests.is_completed) as completed_return_count,
        coalesce(sum(case when requests.is_completed then requests.quantity end), 0) as returned_unit_count,
        coalesce(sum(case when requests.is_completed then requests.reporting_value_amount end), 0) as returned_amount,
        coalesce(sum(requests.reporting_refunded_amount), 0) as refunded_amount

    from (
        {{ returns }}
    ) as requests
    where {{ are_touched | join(' or ') | replace('told_on', 'requests.requested_on') }}
    group by
        {{ period_start('month', 'requests.requested_on') }},
        coalesce(requests.{{ column }}, 'unknown'),
        coalesce(requests.reason, 'unknown')
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- endcall %}
),

month_deliveries as (
    {%- call calculated_once('month_deliveries') %}
    {% for dimension, column in dimensions.items() %}
    select
        {{ period_start('month', 'order_lines.delivered_on') }} as month_start,
        '{{ dimension }}' as dimension,
        coalesce(order_lines.{{ column }}, 'unknown') as member,

        sum(order_lines.quantity) as delivered_unit_count,
        sum(case when order_lines.is_return_window_over then order_lines.quantity end) as mature_unit_count,
        sum(case when order_lines.is_return_window_over then order_lines.returned_quantity end) as mature_returned_unit_count

    from (
        {{ delivered_lines }}
    ) as order_lines
    where {{ are_touched | join(' or ') | replace('told_on', 'order_lines.delivered_on') }}
    group by
        {{ period_start('month', 'order_lines.delivered_on') }},
        coalesce(order_lines.{{ column }}, 'unknown')
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- endcall %}
),

{% for name, months, keys, summed in [
    ('returns_by_reason', 'month_returns', ['dimension', 'member', 'reason'], sums),
    ('deliveries', 'month_deliveries', ['dimension', 'member'], delivered_sums)
] -%}
{{ name }} as (
    {%- call calculated_once(name) %}
    {% for grain in grains %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'months.month_start') }} as period_start,
        months.{{ keys | join(',\n        months.') }},
        {%- for column in summed %}
        sum(months.{{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from {{ months }} as months
    where {{ touched_condition(true, grain, 'months.month_start') }}
    group by
        {{ period_start(grain, 'months.month_start') }},
        months.{{ keys | join(',\n        months.') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {%- endcall %}
),

{% endfor -%}
returns_of_members as (

    select
        reasons.period_grain,
        reasons.period_start,
        reasons.dimension,
        reasons.member,
        {%- for column in sums %}
        sum(reasons.{{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from returns_by_reason as reasons
    group by
        reasons.period_grain,
        reasons.period_start,
        reasons.dimension,
        reasons.member

),

members as (

    {% call calculated_once('members') -%}
    select
        coalesce(deliveries.period_grain, returned.period_grain) as period_grain,
        coalesce(deliveries.period_start, returned.period_start) as period_start,
        coalesce(deliveries.dimension, returned.dimension) as dimension,
        coalesce(deliveries.member, returned.member) as member,

        deliveries.delivered_unit_count,
        deliveries.mature_unit_count,
        deliveries.mature_returned_unit_count,
        {%- for column in sums %}
        coalesce(returned.{{ column }}, 0) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from deliveries
    full outer join returns_of_members as returned
        on {{ same_cell('deliveries', 'returned') }}
    {%- endcall %}

),

figures as (

    {% call calculated_once('figures') -%}
    select
        reasons.period_grain,
        reasons.period_start,
        reasons.dimension,
        reasons.member,
        reasons.reason,
        {%- for column in sums %}
        reasons.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from returns_by_reason as reasons

    union all

    select
        members.period_grain,
        members.period_start,
        members.dimension,
        members.member,
        'all' as reason,
        {%- for column in sums %}
        members.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from members
    {%- endcall %}

),

usual_counts as (

    select
        figures.period_grain,
        figures.period_start,
        figures.dimension,
        figures.reason,

        sum(figures.return_count) as return_count

    from figures
    group by
        figures.period_grain,
        figures.period_start,
        figures.dimension,
        figures.reason

)

select
    figures.period_grain,
    figures.period_start,
    figures.dimension,
    figures.member,
    figures.reason,

    members.return_count < {{ var('minimum_sample') }} as is_small_sample,

    cast(figures.return_count as {{ type_integer() }}) as return_count,
    cast(members.return_count as {{ type_integer() }}) as all_return_count,
    {{ safe_divide('figures.return_count', 'members.return_count') }} as return_share,
    {{ wilson_bound('-', 'figures.return_count', 'members.return_count') }} as return_share_lower,
    {{ wilson_bound('+', 'figures.return_count', 'members.return_count') }} as return_share_upper,
    {{ safe_divide('usual.return_count', 'usual_of_all.return_count') }} as usual_share,
    cast(figures.completed_return_count as {{ type_integer() }}) as completed_return_count,
    cast(figures.returned_unit_count as {{ type_integer() }}) as returned_unit_count,
    cast(figures.returned_amount as {{ type_money() }}) as returned_amount,
    cast(figures.refunded_amount as {{ type_money() }}) as refunded_amount,
    cast(members.delivered_unit_count as {{ type_integer() }}) as delivered_unit_count,
    {{ safe_divide('figures.returned_unit_count', 'members.delivered_unit_count') }} as unit_return_rate,
    case
        when figures.reason = 'all' then {{ safe_divide('members.mature_returned_unit_count', 'members.mature_unit_count') }}
    end as cohort_unit_return_rate

from figures
inner join members
    on {{ same_cell('figures', 'members') }}
inner join usual_counts as usual
    on
        figures.period_grain = usual.period_grain
        and figures.period_start = usual.period_start
        and figures.dimension = usual.dimension
        and figures.reason = usual.reason
inner join usual_counts as usual_of_all
    on
        figures.period_grain = usual_of_all.period_grain
        and figures.period_start = usual_of_all.period_start
        and figures.dimension = usual_of_all.dimension
        and usual_of_all.reason = 'all'
{% set inputs = [] -%}
{% for fact, rows, day in [('fct_after_sales_requests', returns, 'requested_on'), ('fct_order_items', delivered_lines, 'delivered_on')] -%}
    {% set read_rows = '(' ~ rows ~ ') as read_rows' -%}
    {% do inputs.append(period_fingerprints(
        fact, read_rows, 'read_rows.' ~ day, whole_row_hash('read_rows'), grains, summed_by='month'
    )) -%}
{% endfor -%}
{{ built_from(inputs) }}
