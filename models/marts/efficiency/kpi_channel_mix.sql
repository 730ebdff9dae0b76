-- On which channels do tickets come in? A period with tickets has a row for each channel, also for one that nobody used.
-- noqa: disable=LT02
{% set dimensions = [
    'issue_type', 'priority', 'product_category', 'region', 'customer_tier', 'agent_team', 'merchant', 'agent'
] -%}
{% set channels = ['phone', 'chat', 'email', 'social', 'app', 'self_service', 'bot', 'store'] -%}
{% set measures = [] -%}
{% for channel in channels -%}
    {% do measures.append({'id': channel, 'kind': 'ratio', 'flag': 'is_' ~ channel}) -%}
{% endfor -%}

with

tickets as (

    select
        tickets.issue_type,
        tickets.priority,
        tickets.product_category,
        tickets.region,
        tickets.customer_tier,
        tickets.agent_team,
        tickets.merchant,
        tickets.agent,

        {% for channel in channels -%}
        tickets.channel = '{{ channel }}' as is_{{ channel }},
        {% endfor %}
        tickets.created_on

    from {{ ref('int_tickets__observed') }} as tickets

),

channel_shares as (

    {{ kpi_rollup('tickets', 'created_on', dimensions, measures) }}  -- noqa: PRS

),

shares as (

    {{ kpi_shares('channel_shares', measures) }}

)

select
    shares.period_grain,
    shares.period_start,
    shares.dimension,
    shares.member,
    shares.measure_id as channel,

    shares.case_count as ticket_count,
    shares.total_count as all_ticket_count,
    shares.share as ticket_share,
    shares.lower as ticket_share_lower,
    shares.upper as ticket_share_upper

from shares
