-- Every period that KPIs are told of, from that of the earliest thing in the data to that of as_of, with its last day up to as_of.
-- noqa: disable=LT02
{% for grain in kpi_grains() %}
select
    '{{ grain }}' as period_grain,
    {{ period_start(grain, 'spine.day_on') }} as period_start,
    max(spine.day_on) as last_on

from {{ ref('int_days__spined') }} as spine
where spine.day_on <= {{ business_date(as_of()) }}
group by {{ period_start(grain, 'spine.day_on') }}
{{ 'union all' if not loop.last }}
{%- endfor %}
