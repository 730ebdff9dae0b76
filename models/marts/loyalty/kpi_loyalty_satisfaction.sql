-- Do customers come back more often when they were satisfied, and with which last impression did those go who stayed away? By the period in
-- which the ticket was resolved, of tickets that are old enough.
-- noqa: disable=LT02
{{ config(materialized='table') }}
with

tickets as (

    select
        coalesce(tickets.satisfaction, 'unknown') as satisfaction,

        tickets.is_ordered_within_90d,
        tickets.is_ordered_within_180d,
        tickets.is_last_of_customer and not tickets.is_ordered_within_180d as is_end_of_customer,

        tickets.resolved_on

    from {{ ref('fct_ticket_next_orders') }} as tickets
    where
        not tickets.is_pre_sale
        and tickets.is_ordered_within_90d is not null

),

counts as (
    {% for grain in ['month', 'quarter', 'year'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'tickets.resolved_on') }} as period_start,
        tickets.satisfaction,

        count(*) as ticket_90d_count,
        count(*) filter (where tickets.is_ordered_within_90d) as repurchased_count,
        count(*) filter (where tickets.is_ordered_within_180d is not null) as ticket_180d_count,
        count(*) filter (where tickets.is_ordered_within_180d) as retained_count,
        count(*) filter (where tickets.is_end_of_customer) as churned_customer_count

    from tickets
    group by
        {{ period_start(grain, 'tickets.resolved_on') }},
        tickets.satisfaction
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

shared_counts as (

    select
        counts.period_grain,
        counts.period_start,
        counts.satisfaction,

        counts.ticket_90d_count,
        counts.repurchased_count,
        counts.ticket_180d_count,
        counts.retained_count,
        counts.churned_customer_count,
        -- Of customers who said how satisfied they were.
        case
            when counts.satisfaction <> 'unknown'
                then cast(sum(case when counts.satisfaction <> 'unknown' then counts.churned_customer_count end) over (
                    partition by counts.period_grain, counts.period_start
                ) as {{ type_integer() }})
        end as churned_customer_total

    from counts

)

select
    counts.period_grain,
    counts.period_start,
    counts.satisfaction,

    counts.ticket_90d_count,
    counts.repurchased_count,
    {{ safe_divide('counts.repurchased_count', 'counts.ticket_90d_count') }} as repurchase_rate,
    {{ wilson_bound('-', 'counts.repurchased_count', 'counts.ticket_90d_count') }} as repurchase_rate_lower,
    {{ wilson_bound('+', 'counts.repurchased_count', 'counts.ticket_90d_count') }} as repurchase_rate_upper,
    counts.ticket_180d_count,
    counts.retained_count,
    {{ safe_divide('counts.retained_count', 'counts.ticket_180d_count') }} as retention_rate,
    {{ wilson_bound('-', 'counts.retained_count', 'counts.ticket_180d_count') }} as retention_rate_lower,
    {{ wilson_bound('+', 'counts.retained_count', 'counts.ticket_180d_count') }} as retention_rate_upper,
    counts.churned_customer_count,
    {{ safe_divide('counts.churned_customer_count', 'counts.churned_customer_total') }} as churned_customer_share,
    {{ wilson_bound('-', 'counts.churned_customer_count', 'counts.churned_customer_total') }} as churned_customer_share_lower,
    {{ wilson_bound('+', 'counts.churned_customer_count', 'counts.churned_customer_total') }} as churned_customer_share_upper

from shared_counts as counts
