-- Every customer with an order belongs to exactly one segment: between two neighbouring bounds of a measure nothing changes, so that one
-- customer at each combination of lower bounds speaks for all.
-- noqa: disable=LT02
{% set lowest = {'recency_days': '0', 'order_count': '0', 'net_amount': '-1e12'} -%}

with

segments as (

    select
        segments.segment
        {%- for name, least in lowest.items() %},
        coalesce(cast(segments.{{ name }}_from as {{ type_double() }}), {{ least }}) as {{ name }}_from,
        coalesce(cast(segments.{{ name }}_to as {{ type_double() }}), 1e13) as {{ name }}_to
        {%- endfor %}

    from {{ ref('customer_segments') }} as segments

),
{% for name, least in lowest.items() %}
{{ name }}_bounds as (

    select cast({{ least }} as {{ type_double() }}) as bound
    union
    select segments.{{ name }}_from as bound
    from segments
    union
    select segments.{{ name }}_to as bound
    from segments
    where segments.{{ name }}_to < 1e13

),
{% endfor %}
belongings as (

    select
        {%- for name in lowest %}
        {{ name }}_bounds.bound as {{ name }},
        {%- endfor %}
        count(segments.segment) as segment_count

    from recency_days_bounds
    cross join order_count_bounds
    cross join net_amount_bounds
    left join segments
        on
            {%- for name in lowest %}
            segments.{{ name }}_from <= {{ name }}_bounds.bound
            and {{ name }}_bounds.bound < segments.{{ name }}_to
            {{ 'and' if not loop.last }}
            {%- endfor %}
    group by
        recency_days_bounds.bound,
        order_count_bounds.bound,
        net_amount_bounds.bound

)

select
    'a customer with these figures belongs to ' || cast(belongings.segment_count as {{ type_text() }}) || ' segments' as reason,
    belongings.recency_days,
    belongings.order_count,
    belongings.net_amount

from belongings
where belongings.segment_count <> 1

union all

select
    segments.segment || ' has bounds below 0, that leave nothing between them, or a name that is taken' as reason,
    segments.recency_days_from as recency_days,
    segments.order_count_from as order_count,
    segments.net_amount_from as net_amount

from segments
where
    segments.recency_days_from < 0
    or segments.order_count_from < 0
    or segments.segment in ('all', 'without_order')
    {%- for name in lowest %}
    or segments.{{ name }}_from >= segments.{{ name }}_to
    {%- endfor %}
