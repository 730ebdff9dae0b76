-- A moment that stands for none (1970-01-01, 0001-01-01) or a mistyped year would begin every figure there: decades of days on which
-- nothing was counted. It is told before they are made.
-- noqa: disable=LT02
{% set firsts = {
    'customers': 'registered_at', 'orders': 'ordered_at', 'after_sales_requests': 'requested_at', 'refunds': 'refunded_at',
    'tickets': 'created_at', 'ticket_events': 'occurred_at', 'product_suggestions': 'raised_at', 'survey_invitations': 'sent_at',
    'survey_responses': 'submitted_at'
} -%}
{% set days = {'service_costs': 'incurred_on', 'initiatives': 'started_on', 'agent_trainings': 'trained_on'} -%}

with

beginnings as (
    {% for entity, column in firsts.items() %}
    select
        '{{ entity }}.{{ column }}' as told_by,
        cast(spans.first_at as {{ type_date() }}) as first_on
    from ({{ span_of_moments(entity, [column]) }}) as spans

    union all
    {% endfor %}
    {%- for entity, column in days.items() %}
    select
        '{{ entity }}.{{ column }}' as told_by,
        spans.first_on
    from ({{ span_of_dates(entity, column) }}) as spans
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    beginnings.told_by || ' begins on ' || cast(beginnings.first_on as {{ type_text() }})
    || ', before {{ var("first_possible_day", "1990-01-01") }}: have it corrected, declare it in null_markers where it stands for no'
    || ' moment, or set vars: first_possible_day where it is true' as message

from beginnings
cross join {{ ref('int_as_of__resolved') }} as resolved
where
    beginnings.first_on < cast('{{ var("first_possible_day", "1990-01-01") }}' as {{ type_date() }})
    and resolved.first_at is not null
