-- How long do tickets take, by each of the ticket's clocks, in calendar and in business minutes? By the day of creation.
-- noqa: disable=LT02
{% set dimensions = [
    'channel', 'issue_type', 'priority', 'product_category', 'region', 'customer_tier', 'agent_team', 'merchant', 'agent'
] -%}
{% set clocks = ['queue', 'first_reply', 'first_bot_reply', 'resolution', 'result_feedback'] -%}
{% set measures = [] -%}
{% for clock in clocks -%}
    {% for basis in ['', '_business'] -%}
        {% for kind in ['mean', 'median', 'p90'] -%}
            {% do measures.append({
                'id': clock ~ basis ~ '_' ~ kind, 'kind': kind, 'value': clock ~ basis ~ '_seconds', 'divisor': 60
            }) -%}
        {% endfor -%}
    {% endfor -%}
{% endfor -%}

with

tickets as (

    {{ kpi_rollup(ref('int_tickets__observed'), 'created_on', dimensions, measures) }}  -- noqa: PRS

)
{% for clock in clocks %}
select
    tickets.period_grain,
    tickets.period_start,
    tickets.dimension,
    tickets.member,
    '{{ clock }}' as clock,

    tickets.{{ clock }}_mean_n as ticket_count,
    tickets.{{ clock }}_mean as minutes_mean,
    tickets.{{ clock }}_mean_lower as minutes_mean_lower,
    tickets.{{ clock }}_mean_upper as minutes_mean_upper,
    tickets.{{ clock }}_median as minutes_median,
    tickets.{{ clock }}_p90 as minutes_p90,
    tickets.{{ clock }}_business_mean_n as business_ticket_count,
    tickets.{{ clock }}_business_mean as business_minutes_mean,
    tickets.{{ clock }}_business_median as business_minutes_median,
    tickets.{{ clock }}_business_p90 as business_minutes_p90

from tickets
where tickets.{{ clock }}_mean_n > 0
{{ 'union all' if not loop.last }}
{%- endfor %}
