-- Under which members is each measure told, and since when? Of a dimension with many members only that it is.
-- noqa: disable=LT02
{% set subjects = [
    ref('measure_agent_days'),
    ref('measure_backlog'),
    ref('measure_customer_needs'),
    ref('measure_customers'),
    ref('measure_expectations'),
    ref('measure_loyalty'),
    ref('measure_order_items'),
    ref('measure_orders'),
    ref('measure_refunds'),
    ref('measure_requests'),
    ref('measure_service_costs'),
    ref('measure_suggestions'),
    ref('measure_survey_invitations'),
    ref('measure_survey_responses'),
    ref('measure_ticket_sla'),
    ref('measure_tickets'),
    ref('measure_turns'),
] -%}

with

told_measures as (
    {% for subject in subjects %}
    select
        '{{ subject.identifier }}' as subject,
        measures.measure,
        measures.dimension,
        case when measures.period_grain = 'day' then measures.member end as member,

        max(measures.n) > 0 as is_delivered,
        max(measures.quantile) is not null as is_quantile,

        min(case when measures.period_grain = 'day' then measures.period_start end) as first_on

    from {{ subject }} as measures
    where measures.period_grain = case when measures.dimension in ({{ detailed_dimension_list() }}) then 'year' else 'day' end
    group by
        measures.measure,
        measures.dimension,
        case when measures.period_grain = 'day' then measures.member end
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    told_measures.subject,
    told_measures.measure,
    told_measures.dimension,
    told_measures.member,

    told_measures.is_delivered,
    told_measures.is_quantile,

    told_measures.first_on

from told_measures
