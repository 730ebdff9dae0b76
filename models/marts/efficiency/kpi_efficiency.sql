-- The KPIs of family 2 per period × member: of tickets by the day of creation, of resolutions by the day of resolution, of the backlog
-- at the end of the period, of needs by the day of their first ticket, of agents by the day worked, of requests by the day of request.
-- noqa: disable=LT02
{% set ticket_dimensions = [
    'channel', 'issue_type', 'priority', 'product_category', 'region', 'customer_tier', 'agent_team', 'merchant', 'agent'
] -%}
{% set request_dimensions = ['product_category', 'region', 'customer_tier', 'merchant'] -%}
{% set agent_dimensions = ['agent_team', 'agent'] -%}
{% set ticket_measures = [
    {'id': 'ticket_count', 'kind': 'sum', 'value': 'ticket_count'},
    {'id': 'first_reply_minutes_mean', 'kind': 'mean', 'value': 'first_reply_seconds', 'divisor': 60},
    {'id': 'first_reply_minutes_median', 'kind': 'median', 'value': 'first_reply_seconds', 'divisor': 60},
    {'id': 'first_reply_minutes_p90', 'kind': 'p90', 'value': 'first_reply_seconds', 'divisor': 60},
    {'id': 'first_reply_business_minutes_median', 'kind': 'median', 'value': 'first_reply_business_seconds', 'divisor': 60},
    {'id': 'first_bot_reply_minutes_mean', 'kind': 'mean', 'value': 'first_bot_reply_seconds', 'divisor': 60},
    {'id': 'queue_minutes_median', 'kind': 'median', 'value': 'queue_seconds', 'divisor': 60},
    {'id': 'resolution_minutes_mean', 'kind': 'mean', 'value': 'resolution_seconds', 'divisor': 60},
    {'id': 'resolution_minutes_median', 'kind': 'median', 'value': 'resolution_seconds', 'divisor': 60},
    {'id': 'resolution_minutes_p90', 'kind': 'p90', 'value': 'resolution_seconds', 'divisor': 60},
    {'id': 'resolution_business_minutes_median', 'kind': 'median', 'value': 'resolution_business_seconds', 'divisor': 60},
    {'id': 'result_feedback_minutes_median', 'kind': 'median', 'value': 'result_feedback_seconds', 'divisor': 60},
    {'id': 'sla_first_reply_rate', 'kind': 'ratio', 'flag': 'is_first_reply_in_time'},
    {'id': 'sla_resolution_rate', 'kind': 'ratio', 'flag': 'is_resolution_in_time'},
    {'id': 'sla_result_feedback_rate', 'kind': 'ratio', 'flag': 'is_result_feedback_in_time'},
    {'id': 'self_service_rate', 'kind': 'ratio', 'flag': 'is_self_served'},
    {'id': 'bot_containment_rate', 'kind': 'ratio', 'flag': 'is_contained_by_bot'},
    {
        'id': 'replies_per_resolved_ticket', 'kind': 'quotient',
        'numerator': 'resolved_ticket_reply_count', 'denominator': 'resolved_ticket_count'
    }
] -%}
{% set resolution_measures = [{'id': 'resolved_count', 'kind': 'sum', 'value': 'resolved_count'}] -%}
{% set backlog_measures = [{'id': 'backlog_open', 'kind': 'sum'}, {'id': 'backlog_over_7d', 'kind': 'sum'}] -%}
{% set need_measures = [{'id': 'multi_channel_rate', 'kind': 'ratio', 'flag': 'is_multi_channel'}] -%}
{% set agent_measures = [
    {'id': 'resolved_per_agent_day', 'kind': 'quotient', 'numerator': 'resolved_count', 'denominator': 'agent_day_count'}
] -%}
{% set request_measures = [
    {'id': 'processing_hours_mean', 'kind': 'mean', 'value': 'processing_seconds', 'divisor': 3600},
    {'id': 'processing_hours_median', 'kind': 'median', 'value': 'processing_seconds', 'divisor': 3600},
    {'id': 'processing_hours_p90', 'kind': 'p90', 'value': 'processing_seconds', 'divisor': 3600}
] -%}

with

tickets as (

    {{ kpi_rollup(ref('int_tickets__observed'), 'created_on', ticket_dimensions, ticket_measures) }}  -- noqa: PRS

),

resolutions as (

    {{ kpi_rollup(ref('int_tickets__observed'), 'resolved_on', ticket_dimensions, resolution_measures) }}  -- noqa: PRS

),

-- A backlog is a state, not a sum over the period's days, so it is not rolled up but read where the period ends.
backlog as (

    select
        backlog.period_grain,
        backlog.period_start,
        backlog.dimension,
        backlog.member,
        {% for kpi_id, column in {'backlog_open': 'open_count', 'backlog_over_7d': 'open_over_7d_count'}.items() %}
        cast(backlog.{{ column }} as {{ type_double() }}) as {{ kpi_id }},
        cast(backlog.{{ column }} as {{ type_double() }}) as {{ kpi_id }}_numerator,
        cast(null as {{ type_double() }}) as {{ kpi_id }}_denominator,
        backlog.open_count as {{ kpi_id }}_n,
        cast(null as {{ type_double() }}) as {{ kpi_id }}_lower,
        cast(null as {{ type_double() }}) as {{ kpi_id }}_upper{{ "," if not loop.last }}
        {%- endfor %}

    from {{ ref('int_backlog__accumulated') }} as backlog

),

needs as (

    {{ kpi_rollup(ref('int_customer_needs__observed'), 'created_on', ticket_dimensions, need_measures) }}  -- noqa: PRS

),

agent_days as (

    {{ kpi_rollup(ref('int_agent_days__observed'), 'worked_on', agent_dimensions, agent_measures) }}  -- noqa: PRS

),

requests as (

    {{ kpi_rollup(ref('int_request_processing__observed'), 'requested_on', request_dimensions, request_measures) }}  -- noqa: PRS

)

{{ kpi_family([
    {'name': 'tickets', 'dimensions': ticket_dimensions, 'measures': ticket_measures},
    {'name': 'resolutions', 'dimensions': ticket_dimensions, 'measures': resolution_measures},
    {'name': 'backlog', 'dimensions': ticket_dimensions, 'measures': backlog_measures},
    {'name': 'needs', 'dimensions': ticket_dimensions, 'measures': need_measures},
    {'name': 'agent_days', 'dimensions': agent_dimensions, 'measures': agent_measures},
    {'name': 'requests', 'dimensions': request_dimensions, 'measures': request_measures}
]) }}
