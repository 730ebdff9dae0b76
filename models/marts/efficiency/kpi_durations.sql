-- How long do tickets take, by each of the ticket's clocks, in calendar and in business minutes? By the day of creation: a young period has
-- only its quick tickets yet, so each mean says how many it is without.
-- noqa: disable=LT02
{{ config(materialized='by_period') }}
{% set clocks = ['queue', 'first_reply', 'first_bot_reply', 'resolution', 'result_feedback'] -%}
{% set names = ['tickets_created'] -%}
{% for clock in clocks -%}
    {% for basis in ['_seconds', '_business_seconds'] -%}
        {% do names.extend([clock ~ basis, clock ~ basis ~ '_median', clock ~ basis ~ '_p90']) -%}
    {% endfor -%}
{% endfor -%}

with

tickets as (

    {{ measures_side_by_side(ref('measure_tickets'), names) }}

)
{% for clock in clocks %}
{% set seconds = 'tickets.' ~ clock ~ '_seconds' -%}
{% set business_seconds = 'tickets.' ~ clock ~ '_business_seconds' -%}
select
    tickets.period_grain,
    tickets.period_start,
    tickets.dimension,
    tickets.member,
    '{{ clock }}' as clock,

    {{ seconds }}_n as ticket_count,
    tickets.tickets_created_n - {{ seconds }}_n as unmeasured_ticket_count,
    {{ safe_divide(kpi_minutes(seconds ~ '_total'), seconds ~ '_n') }} as minutes_mean,
    {{ mean_bound('-', seconds ~ '_n', kpi_minutes(seconds ~ '_total'), kpi_minutes(kpi_minutes(seconds ~ '_squares'))) }}
        as minutes_mean_lower,
    {{ mean_bound('+', seconds ~ '_n', kpi_minutes(seconds ~ '_total'), kpi_minutes(kpi_minutes(seconds ~ '_squares'))) }}
        as minutes_mean_upper,
    {{ kpi_minutes(seconds ~ '_median') }} as minutes_median,
    {{ kpi_minutes(seconds ~ '_p90') }} as minutes_p90,
    {{ business_seconds }}_n as business_ticket_count,
    {{ safe_divide(kpi_minutes(business_seconds ~ '_total'), business_seconds ~ '_n') }} as business_minutes_mean,
    {{ kpi_minutes(business_seconds ~ '_median') }} as business_minutes_median,
    {{ kpi_minutes(business_seconds ~ '_p90') }} as business_minutes_p90

from tickets
where {{ seconds }}_n > 0
{{ 'union all' if not loop.last }}
{%- endfor %}
{{ built_from([fingerprints_of(ref('measure_tickets'))]) }}
