-- What does after-sales service cost by category: its share, and per order, ticket, resolved ticket, request and working agent? Costs by
-- the day they arose, the others by their own; under dimensions that a divisor is not told under, what is per it is null, and so it is
-- where a shop that books costs never tells what they are divided by.
-- noqa: disable=LT02
{{ config(materialized='by_period') }}
{% set categories = contract_values('service_costs').get('cost_category', []) -%}
{% set names = ['service_costs_incurred'] -%}
{% set divided = ['orders', 'tickets', 'requests'] -%}
{% for name in divided -%}
    {% do names.append('costs_with_known_' ~ name) -%}
{% endfor -%}
{% for category in categories -%}
    {% do names.append(category ~ '_cost') -%}
{% endfor -%}

with

costs as (

    {{ measures_side_by_side(ref('measure_service_costs'), names) }}

),

orders as (

    {{ measures_side_by_side(ref('measure_orders'), ['orders_with_known_costs', 'paid_amount_with_known_costs']) }}

),

tickets as (

    {{ measures_side_by_side(ref('measure_tickets'), ['tickets_with_known_costs', 'tickets_resolved_with_known_costs']) }}

),

requests as (

    {{ measures_side_by_side(ref('measure_requests'), ['requests_with_known_costs']) }}

),

agents as (

    {{ measures_side_by_side(ref('measure_agent_days'), ['working_agents_with_known_costs']) }}

),

costs_by_category as (
    {% for category in ['all'] + categories %}
    {%- set name = 'service_costs_incurred' if category == 'all' else category ~ '_cost' %}
    select
        costs.period_grain,
        costs.period_start,
        costs.dimension,
        costs.member,
        '{{ category }}' as cost_category,

        costs.{{ name }}_n as booking_count,
        coalesce(costs.{{ name }}_total, 0) as cost_amount,
        {%- for other in divided %}
        case
            when costs.costs_with_known_{{ other }}_n = costs.service_costs_incurred_n then coalesce(costs.{{ name }}_total, 0)
        end as cost_with_known_{{ other }},
        {%- endfor %}
        costs.service_costs_incurred_total as all_cost_amount

    from costs
    where costs.service_costs_incurred_n > 0
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    by_category.period_grain,
    by_category.period_start,
    by_category.dimension,
    by_category.member,
    by_category.cost_category,

    by_category.booking_count,
    cast(by_category.cost_amount as {{ type_money() }}) as cost_amount,
    {{ safe_divide('by_category.cost_amount', 'by_category.all_cost_amount') }} as cost_share,
    {{ safe_divide('by_category.cost_with_known_orders', 'orders.orders_with_known_costs_n') }} as cost_per_order,
    {{ safe_divide('by_category.cost_with_known_tickets', 'tickets.tickets_with_known_costs_n') }} as cost_per_ticket,
    {{ safe_divide('by_category.cost_with_known_tickets', 'tickets.tickets_resolved_with_known_costs_n') }} as cost_per_resolved_ticket,
    {{ safe_divide('by_category.cost_with_known_requests', 'requests.requests_with_known_costs_n') }} as cost_per_request,
    {{ safe_divide('by_category.cost_with_known_tickets', 'agents.working_agents_with_known_costs_n') }} as cost_per_working_agent,
    {{ safe_divide('by_category.cost_with_known_orders', 'orders.paid_amount_with_known_costs_total') }} as cost_to_revenue

from costs_by_category as by_category
left join orders
    on {{ same_cell('by_category', 'orders') }}
left join tickets
    on {{ same_cell('by_category', 'tickets') }}
left join requests
    on {{ same_cell('by_category', 'requests') }}
left join agents
    on {{ same_cell('by_category', 'agents') }}
{{ built_from([
    fingerprints_of(ref('measure_service_costs')),
    fingerprints_of(ref('measure_orders')),
    fingerprints_of(ref('measure_tickets')),
    fingerprints_of(ref('measure_requests')),
    fingerprints_of(ref('measure_agent_days'))
]) }}
