-- How long did each clock of a ticket run? The sums of the intervals that it counts, in whole seconds, calendar and business.
-- A clock that stopped at once ran for no interval: 0. One that has not stopped has no duration: null. A view: only fct_tickets reads it.
-- noqa: disable=LT02
{{ keyed_by('int_ticket_members__fingerprinted', 'ticket_key', is_view=true) }}
{% set clocks = {
    'queue': ('is_before_assignment', 'first_assigned_at'),
    'first_reply': ('is_before_first_reply', 'first_reply_at'),
    'first_bot_reply': ('is_before_first_bot_reply', 'first_bot_reply_at'),
    'first_resolution': ('is_before_first_resolution', 'first_resolved_at'),
    'resolution': ('is_before_resolution', 'resolved_at'),
    'result_feedback': ('is_between_resolution_and_feedback', 'result_feedback_at')
} -%}
{% set activities = ['agent_work', 'waiting_on_customer', 'on_hold'] -%}

with

sums as (

    select
        intervals.ticket_key,
        {% for clock, (flag, stopped_at) in clocks.items() %}
        cast(sum(intervals.calendar_seconds) filter (where intervals.{{ flag }}) as {{ type_integer() }}) as {{ clock }}_seconds,
        cast(sum(intervals.business_seconds) filter (where intervals.{{ flag }}) as {{ type_integer() }})
            as {{ clock }}_business_seconds,
        {%- endfor %}
        {% for activity in activities %}
        cast(sum(intervals.calendar_seconds) filter (where intervals.activity = '{{ activity }}') as {{ type_integer() }})
            as {{ activity }}_seconds,
        cast(sum(intervals.business_seconds) filter (where intervals.activity = '{{ activity }}') as {{ type_integer() }})
            as {{ activity }}_business_seconds
        {{- "," if not loop.last }}
        {%- endfor %}

    from {{ ref('fct_ticket_intervals') }} as intervals
    group by intervals.ticket_key

),

calendars_in_force as (

    select
        slots.calendar_code,

        min(slots.slot_number) as first_slot,
        max(slots.slot_number) as last_slot

    from {{ ref('int_calendar_slots__accumulated') }} as slots
    group by slots.calendar_code

),

tickets as (

    select
        milestones.ticket_key,

        milestones.status is not null as is_status_known,
        calendars_in_force.calendar_code is not null as is_calendar_known,

        milestones.first_assigned_at,
        milestones.first_reply_at,
        milestones.first_bot_reply_at,
        milestones.first_resolved_at,
        milestones.resolved_at,
        milestones.result_feedback_at

    from {{ ref('int_ticket_milestones__reached') }} as milestones
    left join calendars_in_force
        on
            milestones.calendar_code = calendars_in_force.calendar_code
            and {{ slot_of('milestones.created_at') }} >= calendars_in_force.first_slot
            and {{ slot_of('milestones.ends_at') }} <= calendars_in_force.last_slot

)

select
    tickets.ticket_key,
    {% for clock, (flag, stopped_at) in clocks.items() %}
    case
        when tickets.{{ stopped_at }} is not null then coalesce(sums.{{ clock }}_seconds, 0)
    end as {{ clock }}_seconds,
    case
        when tickets.{{ stopped_at }} is not null and tickets.is_calendar_known then coalesce(sums.{{ clock }}_business_seconds, 0)
    end as {{ clock }}_business_seconds,
    {%- endfor %}
    {% for activity in activities %}
    case when tickets.is_status_known then coalesce(sums.{{ activity }}_seconds, 0) end as {{ activity }}_seconds,
    case
        when tickets.is_status_known and tickets.is_calendar_known then coalesce(sums.{{ activity }}_business_seconds, 0)
    end as {{ activity }}_business_seconds
    {{- "," if not loop.last }}
    {%- endfor %}

from tickets
left join sums
    on tickets.ticket_key = sums.ticket_key
