-- The moment the marts speak of, and the earliest moment of the data. as_of is the variable, else the latest moment at which
-- something is said to have happened. Plans (the expiry of an invitation, the end of an initiative) and the moments at which a
-- row was written (updated_at) say nothing about that. A date names no moment: dates speak only where no moment does.
{% set moments = {
    'customers': ['registered_at'],
    'orders': ['ordered_at', 'paid_at', 'shipped_at', 'delivered_at', 'cancelled_at'],
    'after_sales_requests': ['requested_at', 'decided_at', 'item_received_at', 'completed_at', 'escalated_to_platform_at'],
    'refunds': ['refunded_at'],
    'tickets': ['created_at'],
    'ticket_events': ['occurred_at'],
    'ticket_tags': ['tagged_at'],
    'product_suggestions': ['raised_at', 'accepted_at', 'released_at'],
    'survey_invitations': ['sent_at'],
    'survey_responses': ['submitted_at']
} -%}
{% set dates = {
    'service_costs': 'incurred_on',
    'initiatives': 'started_on',
    'agent_trainings': 'trained_on'
} -%}
{# An initiative that begins next month is no news of next month, nor is a cost that is booked ahead. #}
{% set plans = ['initiatives'] -%}
{% set may_be_ahead = ['service_costs'] -%}

with

spans_of_moments as (
    {% for entity, columns in moments.items() %}
        {{ span_of_moments(entity, columns) }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

spans_of_dates as (
    {% for entity, column in dates.items() %}
        select
            spans.first_on,
            {{ 'spans.last_on' if entity not in plans else 'cast(null as ' ~ type_date() ~ ')' }} as last_on
        from ({{ span_of_dates(entity, column, may_be_ahead=entity in may_be_ahead) }}) as spans
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

moments as (

    select
        min(spans_of_moments.first_at) as first_at,
        max(spans_of_moments.last_at) as last_at

    from spans_of_moments

),

days as (

    select
        min(spans_of_dates.first_on) as first_on,
        max(spans_of_dates.last_on) as last_on

    from spans_of_dates

)

select
    least(
        moments.first_at,
        {{ to_utc('days.first_on', business_time_zone()) }}
    ) as first_at,
    coalesce(
        {{ as_of_variable() }},
        moments.last_at,
        {{ add_microseconds(to_utc(add_days_to_date('days.last_on', 1), business_time_zone()), -1) }}
    ) as as_of_at

from moments
cross join days
