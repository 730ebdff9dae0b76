-- How lately, how often and for how much did a customer buy, what service did they need, and to which segment do they belong? Recency is
-- that of all orders, everything else of the last days (variable segment_days) up to as_of.
-- noqa: disable=LT02
{% set first_day = add_days_to_date(business_date(as_of()), '1 - ' ~ var('segment_days')) -%}
{% set facts = {
    'orders': {'relation': ref('fct_orders'), 'day': 'ordered_on', 'where': 'facts.is_paid and not facts.is_cancelled', 'columns': {
        'order_count': 'count(*)',
        'net_amount': 'sum(facts.reporting_paid_amount - coalesce(facts.reporting_refunded_amount, 0))'
    }},
    'tickets': {'relation': ref('fct_tickets'), 'day': 'created_on', 'where': 'facts.is_in_scope', 'columns': {'ticket_count': 'count(*)'}},
    'requests': {'relation': ref('fct_after_sales_requests'), 'day': 'requested_on', 'where': 'true', 'columns': {'request_count': 'count(*)'}},
    'refunds': {'relation': ref('fct_refunds'), 'day': 'refunded_on', 'where': 'true', 'columns': {
        'refund_count': 'count(*)',
        'refunded_amount': 'sum(facts.reporting_refund_amount)'
    }},
    'responses': {
        'relation': ref('fct_survey_responses'), 'day': 'submitted_on',
        'where': 'facts.is_valid and facts.is_in_scope and facts.overall_score is not null', 'columns': {
            'response_count': 'count(*)',
            'satisfied_count': 'count(case when facts.overall_score >= 4 then 1 end)'
        }
    }
} -%}

with

{% for name, fact in facts.items() -%}
{{ name }} as (

    select
        facts.customer_key
        {%- for column, total in fact.columns.items() %},
        {{ total }} as {{ column }}
        {%- endfor %}

    from {{ fact.relation }} as facts
    where
        facts.{{ fact.day }} >= {{ first_day }}
        and {{ fact.where }}
        and facts.customer_key is not null
    group by facts.customer_key

),

{% endfor -%}
-- A cost is of the customer of its ticket, else of its request.
costs as (

    select
        coalesce(tickets_of.customer_key, requests_of.customer_key) as customer_key,

        sum(facts.reporting_cost_amount) as direct_cost_amount

    from {{ ref('fct_service_costs') }} as facts
    left join {{ ref('fct_tickets') }} as tickets_of
        on facts.ticket_key = tickets_of.ticket_key
    left join {{ ref('fct_after_sales_requests') }} as requests_of
        on facts.request_key = requests_of.request_key
    where
        facts.incurred_on >= {{ first_day }}
        and coalesce(tickets_of.customer_key, requests_of.customer_key) is not null
    group by coalesce(tickets_of.customer_key, requests_of.customer_key)

),

newest_orders as (

    select
        facts.customer_key,

        max(facts.ordered_on) as last_ordered_on

    from {{ ref('fct_orders') }} as facts
    where facts.is_paid and not facts.is_cancelled and facts.customer_key is not null
    group by facts.customer_key

),

valued_customers as (

    select
        customers.customer_key,
        customers.shop,

        customers.customer_tier,
        customers.region,

        {{ days_between('newest_orders.last_ordered_on', business_date(as_of())) }} as recency_days,
        {%- for name, fact in facts.items() %}
        {%- for column in fact.columns %}
        coalesce({{ name }}.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        {%- endfor %}
        coalesce(costs.direct_cost_amount, 0) as direct_cost_amount,

        newest_orders.last_ordered_on

    from {{ ref('dim_customers') }} as customers
    left join newest_orders
        on customers.customer_key = newest_orders.customer_key
    {%- for name in facts %}
    left join {{ name }}
        on customers.customer_key = {{ name }}.customer_key
    {%- endfor %}
    left join costs
        on customers.customer_key = costs.customer_key

)

select
    customers.customer_key,
    customers.shop,

    case when customers.last_ordered_on is null then 'without_order' else segments.segment end as segment,
    customers.customer_tier,
    customers.region,
    {% for fact in facts.values() %}
    {%- for column in fact.columns %}
    cast(customers.{{ column }} as {{ type_money() if column.endswith('_amount') else type_integer() }}) as {{ column }},
    {%- endfor %}
    {%- endfor %}
    cast(customers.direct_cost_amount as {{ type_money() }}) as direct_cost_amount,

    customers.last_ordered_on

from valued_customers as customers
left join {{ ref('customer_segments') }} as segments
    on
        {%- for name in ['recency_days', 'order_count', 'net_amount'] %}
        (segments.{{ name }}_from is null or segments.{{ name }}_from <= customers.{{ name }})
        and (segments.{{ name }}_to is null or customers.{{ name }} < segments.{{ name }}_to)
        {{ 'and' if not loop.last }}
        {%- endfor %}
