-- How much more often do the satisfied come back than the unsatisfied, and those who had a ticket than those who never had one? The second
-- difference is Mantel's and Haenszel's over cells of shop, month of the order and tier, so that many small cells bear it; whom nobody
-- matches is left out. A difference is no proof: it says what differs, not why.
-- noqa: disable=LT02
{{ config(materialized='table') }}
{% set grains = ['month', 'quarter', 'year'] -%}
{% set window_seconds = 90 * 86400 -%}
{% set outcomes = {
    'repurchase_90d': ('repurchased_count', 'ticket_90d_count'), 'retention_180d': ('retained_count', 'ticket_180d_count')
} -%}
with

customers_with_ticket as (

    select tickets.customer_key
    from {{ ref('fct_tickets') }} as tickets
    where
        tickets.is_in_scope
        and tickets.customer_key is not null
    group by tickets.customer_key

),

-- Of customers who never had a ticket. Whoever ordered twice at one moment did not order again.
order_moments as (

    select
        orders.customer_key,

        orders.ordered_at,
        lead(orders.ordered_at) over (partition by orders.customer_key order by orders.ordered_at nulls last) as next_ordered_at

    from {{ ref('fct_orders') }} as orders
    left join customers_with_ticket
        on orders.customer_key = customers_with_ticket.customer_key
    where
        orders.customer_key is not null
        and customers_with_ticket.customer_key is null
    group by
        orders.customer_key,
        orders.ordered_at

),

cases as (

    select
        {{ shop_of('orders.source_system') }} as shop,
        coalesce(orders.customer_tier, 'unknown') as customer_tier,

        true as has_ticket,
        tickets.is_ordered_within_90d as is_back,

        {{ period_start('month', 'orders.ordered_on') }} as month_on

    from {{ ref('fct_ticket_next_orders') }} as tickets
    inner join {{ ref('fct_orders') }} as orders
        on tickets.order_key = orders.order_key
    where tickets.is_ordered_within_90d is not null

    union all

    select
        {{ shop_of('orders.source_system') }} as shop,
        coalesce(orders.customer_tier, 'unknown') as customer_tier,

        false as has_ticket,
        coalesce({{ clock_seconds('orders.ordered_at', 'moments.next_ordered_at') }} <= {{ window_seconds }}, false) as is_back,

        {{ period_start('month', 'orders.ordered_on') }} as month_on

    from {{ ref('fct_orders') }} as orders
    inner join order_moments as moments
        on
            orders.customer_key = moments.customer_key
            and orders.ordered_at = moments.ordered_at
    where {{ elapsed_seconds('orders.ordered_at', as_of()) }} >= {{ window_seconds }}

),

cells as (

    select
        cases.shop,
        cases.customer_tier,

        cast(count(*) filter (where cases.has_ticket) as {{ type_double() }}) as first_n,
        cast(count(*) filter (where cases.has_ticket and cases.is_back) as {{ type_double() }}) as first_back,
        cast(count(*) filter (where not cases.has_ticket) as {{ type_double() }}) as second_n,
        cast(count(*) filter (where not cases.has_ticket and cases.is_back) as {{ type_double() }}) as second_back,
        cast(count(*) as {{ type_double() }}) as n,

        cases.month_on

    from cases
    group by
        cases.shop,
        cases.customer_tier,
        cases.month_on
    having count(*) filter (where cases.has_ticket) > 0

),

matched_sums as (
    {% for grain in grains %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'cells.month_on') }} as period_start,

        sum(case when cells.second_n > 0 then cells.first_n else 0 end) as first_n,
        sum(cells.second_n) as second_n,
        sum(case when cells.second_n = 0 then cells.first_n else 0 end) as unmatched_n,
        cast({{ exact_sum('cells.first_n * cells.second_n / cells.n', 'decimal(26, 12)') }} as {{ type_double() }}) as weight,
        cast({{ exact_sum('cells.first_back * cells.second_n / cells.n', 'decimal(26, 12)') }} as {{ type_double() }}) as first_back,
        cast({{ exact_sum('cells.second_back * cells.first_n / cells.n', 'decimal(26, 12)') }} as {{ type_double() }}) as second_back,
        -- What Sato's variance of the difference is made of.
        cast({{ exact_sum(
            '(cells.first_n * cells.first_n * cells.second_back - cells.second_n * cells.second_n * cells.first_back'
            ~ ' + cells.first_n * cells.second_n * (cells.second_n - cells.first_n) / 2) / cells.n / cells.n',
            'decimal(26, 12)'
        ) }} as {{ type_double() }}) as variance_slope,
        cast({{ exact_sum(
            '(cells.first_back * (cells.second_n - cells.second_back) + cells.second_back * (cells.first_n - cells.first_back))'
            ~ ' / 2 / cells.n',
            'decimal(26, 12)'
        ) }} as {{ type_double() }}) as variance_constant

    from cells
    group by {{ period_start(grain, 'cells.month_on') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

matched_differences as (

    select
        sums.period_grain,
        sums.period_start,

        sums.first_n,
        sums.second_n,
        sums.unmatched_n,
        sums.first_back / sums.weight as first_rate,
        sums.second_back / sums.weight as second_rate,
        (sums.first_back - sums.second_back) / sums.weight as difference,
        sqrt(
            greatest((sums.first_back - sums.second_back) / sums.weight * sums.variance_slope + sums.variance_constant, 0)
        ) / sums.weight as standard_error

    from matched_sums as sums
    where sums.weight > 0

),

satisfaction_pairs as (
    {% for outcome, (back, n) in outcomes.items() %}
    select
        satisfied.period_grain,
        satisfied.period_start,
        '{{ outcome }}' as outcome,

        satisfied.{{ n }} as first_n,
        unsatisfied.{{ n }} as second_n,
        {{ safe_divide('satisfied.' ~ back, 'satisfied.' ~ n) }} as first_rate,
        {{ wilson_bound('-', 'satisfied.' ~ back, 'satisfied.' ~ n) }} as first_lower,
        {{ wilson_bound('+', 'satisfied.' ~ back, 'satisfied.' ~ n) }} as first_upper,
        {{ safe_divide('unsatisfied.' ~ back, 'unsatisfied.' ~ n) }} as second_rate,
        {{ wilson_bound('-', 'unsatisfied.' ~ back, 'unsatisfied.' ~ n) }} as second_lower,
        {{ wilson_bound('+', 'unsatisfied.' ~ back, 'unsatisfied.' ~ n) }} as second_upper

    from {{ ref('kpi_loyalty_satisfaction') }} as satisfied
    inner join {{ ref('kpi_loyalty_satisfaction') }} as unsatisfied
        on
            satisfied.period_grain = unsatisfied.period_grain
            and satisfied.period_start = unsatisfied.period_start
            and unsatisfied.satisfaction = 'unsatisfied'
    where
        satisfied.satisfaction = 'satisfied'
        and satisfied.{{ n }} > 0
        and unsatisfied.{{ n }} > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

differences as (

    select
        pairs.period_grain,
        pairs.period_start,
        'satisfied_less_unsatisfied' as comparison,
        pairs.outcome,

        pairs.first_n,
        pairs.second_n,
        cast(null as {{ type_integer() }}) as unmatched_n,
        pairs.first_rate,
        pairs.second_rate,
        pairs.first_rate - pairs.second_rate as difference,
        -- Newcombe's interval, from Wilson's of both shares.
        pairs.first_rate - pairs.second_rate - sqrt(
            (pairs.first_rate - pairs.first_lower) * (pairs.first_rate - pairs.first_lower)
            + (pairs.second_upper - pairs.second_rate) * (pairs.second_upper - pairs.second_rate)
        ) as lower,
        pairs.first_rate - pairs.second_rate + sqrt(
            (pairs.first_upper - pairs.first_rate) * (pairs.first_upper - pairs.first_rate)
            + (pairs.second_rate - pairs.second_lower) * (pairs.second_rate - pairs.second_lower)
        ) as upper

    from satisfaction_pairs as pairs

    union all

    select
        matching.period_grain,
        matching.period_start,
        'with_less_without_ticket' as comparison,
        'repurchase_90d' as outcome,

        cast(matching.first_n as {{ type_integer() }}) as first_n,
        cast(matching.second_n as {{ type_integer() }}) as second_n,
        cast(matching.unmatched_n as {{ type_integer() }}) as unmatched_n,
        matching.first_rate,
        matching.second_rate,
        matching.difference,
        greatest(matching.difference - {{ interval_z() }} * matching.standard_error, -1e0) as lower,
        least(matching.difference + {{ interval_z() }} * matching.standard_error, 1e0) as upper

    from matched_differences as matching

)

select
    differences.period_grain,
    differences.period_start,
    differences.comparison,
    differences.outcome,

    least(differences.first_n, differences.second_n) < {{ var('minimum_sample') }} as is_small_sample,

    differences.first_n,
    differences.second_n,
    differences.unmatched_n,
    {%- for column in ['first_rate', 'second_rate', 'difference', 'lower', 'upper'] %}
    {{ rounded('differences.' ~ column, 9) }} as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}

from differences
