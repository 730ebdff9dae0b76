-- How large is each segment of customers, what is it worth, what service does it need and what does that cost? Of the last days (variable
-- segment_days) up to as_of. What was booked for no ticket or request of a known customer is shared out by their tickets.
-- noqa: disable=LT02
{% set counts = ['order_count', 'ticket_count', 'request_count', 'refund_count', 'response_count', 'satisfied_count'] -%}
{% set amounts = ['net_amount', 'refunded_amount', 'direct_cost_amount'] -%}

with

named_segments as (

    select
        segments.segment,
        segments.name_en,
        segments.name_zh
    from {{ ref('customer_segments') }} as segments

    union all

    select
        'without_order' as segment,
        'Never ordered' as name_en,
        '未下单客户' as name_zh

    union all

    select
        'all' as segment,
        'All customers' as name_en,
        '全部客户' as name_zh

),

segment_sums as (

    select
        named.segment,
        named.name_en,
        named.name_zh,

        count(customers.customer_key) as customer_count,
        {%- for name in counts %}
        coalesce(sum(customers.{{ name }}), 0) as {{ name }},
        {%- endfor %}
        {%- for name in amounts %}
        coalesce(sum(customers.{{ name }}), 0) as {{ name }},
        {%- endfor %}
        percentile_cont(0.5) within group (
            order by cast({{ days_between('customers.last_ordered_on', business_date(as_of())) }} as {{ type_double() }}) asc nulls last
        ) as recency_days_median

    from named_segments as named
    left join {{ ref('kpi_customer_values') }} as customers
        on named.segment in ('all', customers.segment)
    group by
        named.segment,
        named.name_en,
        named.name_zh

),

booked_costs as (

    select coalesce(sum(measures.total), 0) as cost_amount

    from {{ ref('measure_service_costs') }} as measures
    where
        measures.measure = 'service_costs_incurred'
        and measures.period_grain = 'day'
        and measures.dimension = 'overall'
        and measures.period_start >= {{ add_days_to_date(business_date(as_of()), '1 - ' ~ var('segment_days')) }}

),

segment_figures as (

    select
        sums.segment,
        sums.name_en,
        sums.name_zh,

        sums.customer_count,
        {%- for name in counts + amounts %}
        sums.{{ name }},
        {%- endfor %}
        everybody.customer_count as all_customer_count,
        everybody.net_amount as all_net_amount,
        {{ to_cents(
            '(booked_costs.cost_amount - everybody.direct_cost_amount) * ' ~ safe_divide('sums.ticket_count', 'everybody.ticket_count')
        ) }} as shared_cost_amount,
        sums.recency_days_median

    from segment_sums as sums
    inner join segment_sums as everybody
        on everybody.segment = 'all'
    cross join booked_costs

)

select
    figures.segment,

    figures.name_en as segment_name_en,
    figures.name_zh as segment_name_zh,
    figures.customer_count < {{ var('minimum_sample') }} as is_small_sample,

    figures.customer_count,
    {%- for name in counts %}
    cast(figures.{{ name }} as {{ type_integer() }}) as {{ name }},
    {%- endfor %}
    {%- for name in amounts %}
    cast(figures.{{ name }} as {{ type_money() }}) as {{ name }},
    {%- endfor %}
    figures.shared_cost_amount,
    cast(figures.direct_cost_amount + figures.shared_cost_amount as {{ type_money() }}) as cost_to_serve_amount,
    {{ safe_divide('figures.customer_count', 'figures.all_customer_count') }} as customer_share,
    {{ safe_divide('figures.net_amount', 'figures.all_net_amount') }} as net_amount_part,
    figures.recency_days_median,
    {{ safe_divide('figures.order_count', 'figures.customer_count') }} as orders_per_customer,
    {{ safe_divide('figures.net_amount', 'figures.customer_count') }} as net_amount_per_customer,
    {{ safe_divide('figures.ticket_count', 'figures.customer_count') }} as tickets_per_customer,
    {{ safe_divide('figures.request_count', 'figures.order_count') }} as requests_per_order,
    {{ safe_divide('figures.satisfied_count', 'figures.response_count') }} as csat_rate,
    {{ wilson_bound('-', 'figures.satisfied_count', 'figures.response_count') }} as csat_rate_lower,
    {{ wilson_bound('+', 'figures.satisfied_count', 'figures.response_count') }} as csat_rate_upper,
    {{ safe_divide('figures.direct_cost_amount + figures.shared_cost_amount', 'figures.customer_count') }} as cost_to_serve_per_customer,
    {{ safe_divide('figures.direct_cost_amount + figures.shared_cost_amount', 'figures.net_amount') }} as cost_to_serve_per_net_amount

from segment_figures as figures
