-- At which hours do customers write, and is somebody there? From the month upwards, in the business time zone. Who replied in an hour was
-- at work in it, once an hour however often.
-- noqa: disable=LT02
{{ config(materialized='by_period') }}
{% set grains = ['month', 'quarter', 'year'] -%}
{% set moments -%}
        select
            'arrival' as kind,
            coalesce(tickets.channel, 'unknown') as channel,
            cast(null as {{ type_text() }}) as agent_key,
            cast(null as {{ type_boolean() }}) as is_outside,
            {{ to_local('tickets.created_at', business_time_zone()) }} as local_at

        from {{ ref('fct_tickets') }} as tickets
        where tickets.is_in_scope

        union all

        select
            'turn' as kind,
            coalesce(turns.channel, 'unknown') as channel,
            cast(null as {{ type_text() }}) as agent_key,
            not turns.is_in_service_hours as is_outside,
            {{ to_local('turns.opened_at', business_time_zone()) }} as local_at

        from {{ ref('fct_ticket_turns') }} as turns
        where
            turns.is_in_scope
            and turns.outcome in ('answered', 'open')

        union all

        select
            'reply' as kind,
            coalesce(tickets.channel, 'unknown') as channel,
            events.actor_key as agent_key,
            cast(null as {{ type_boolean() }}) as is_outside,
            {{ to_local('events.occurred_at', business_time_zone()) }} as local_at

        from {{ ref('fct_ticket_events') }} as events
        inner join {{ ref('fct_tickets') }} as tickets
            on events.ticket_key = tickets.ticket_key
        where
            events.is_human_reply
            and tickets.is_in_scope
{%- endset %}
{% set first_days -%}
        select {{ business_date('min(firsts.first_at)') }} as first_on
        from (
            select min(tickets.created_at) as first_at
            from {{ ref('fct_tickets') }} as tickets
            union all
            select min(events.occurred_at) as first_at
            from {{ ref('fct_ticket_events') }} as events
        ) as firsts
{%- endset %}

with

moments as (

    {{ moments }}

),

moments_of_periods as (
    {% for grain in grains %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'cast(moments.local_at as ' ~ type_date() ~ ')') }} as period_start,
        moments.kind,
        moments.channel,
        moments.agent_key,
        moments.is_outside,
        cast(moments.local_at as {{ type_date() }}) as happened_on,
        cast({{ iso_day_of_week('cast(moments.local_at as ' ~ type_date() ~ ')') }} as {{ type_integer() }}) as day_of_week,
        cast(extract(hour from moments.local_at) as {{ type_integer() }}) as hour_of_day

    from moments
    where {{ touched_condition(true, grain, 'cast(moments.local_at as ' ~ type_date() ~ ')') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

cells as (
    {% for dimension, member in [('overall', "'all'"), ('channel', 'moments.channel')] %}
    select
        moments.period_grain,
        moments.period_start,
        '{{ dimension }}' as dimension,
        {{ member }} as member,
        moments.day_of_week,
        moments.hour_of_day,

        count(*) filter (where moments.kind = 'arrival') as arrival_count,
        count(*) filter (where moments.kind = 'turn') as turn_count,
        count(moments.is_outside) as turn_with_service_hours_count,
        count(*) filter (where moments.is_outside) as outside_service_hours_count,
        count(*) filter (where moments.kind = 'reply') as reply_count,
        count(distinct case when moments.agent_key is not null then cast(moments.happened_on as {{ type_text() }}) || moments.agent_key end)
            as agent_hour_count

    from moments_of_periods as moments
    group by
        moments.period_grain,
        moments.period_start,
        {{ 'moments.channel,' if dimension == 'channel' }}
        moments.day_of_week,
        moments.hour_of_day
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

first_days as (

    {{ first_days }}

),

-- How often the weekday came in the period, from the first day on which a help desk told anything until as_of.
weekdays as (
    {% for grain in grains %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'spine.day_on') }} as period_start,
        cast({{ iso_day_of_week('spine.day_on') }} as {{ type_integer() }}) as day_of_week,
        count(*) as day_count

    from {{ ref('int_days__spined') }} as spine
    inner join {{ ref('int_as_of__resolved') }} as resolved
        on spine.day_on <= {{ business_date('resolved.as_of_at') }}
    inner join first_days
        on spine.day_on >= first_days.first_on
    group by
        {{ period_start(grain, 'spine.day_on') }},
        {{ iso_day_of_week('spine.day_on') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    cells.period_grain,
    cells.period_start,
    cells.dimension,
    cells.member,
    cells.day_of_week,
    cells.hour_of_day,

    cells.arrival_count,
    cells.turn_count,
    cells.reply_count,
    cells.agent_hour_count,
    weekdays.day_count,
    {{ safe_divide('cells.agent_hour_count', 'weekdays.day_count') }} as agents_at_work_mean,
    cells.turn_with_service_hours_count,
    cells.outside_service_hours_count,
    {{ safe_divide('cells.outside_service_hours_count', 'cells.turn_with_service_hours_count') }} as outside_service_hours_share

from cells
left join weekdays
    on
        cells.period_grain = weekdays.period_grain
        and cells.period_start = weekdays.period_start
        and cells.day_of_week = weekdays.day_of_week
{% set moments_hash = row_hash(['moments.kind', 'moments.channel', 'moments.agent_key', 'moments.is_outside', 'moments.local_at']) -%}
{% set happened_on = 'cast(moments.local_at as ' ~ type_date() ~ ')' -%}
{% set first_day_fingerprint -%}
    -- The first day says how many days its period has.
    select
        'first_on' as input,
        'all' as period_grain,
        cast('1970-01-01' as {{ type_date() }}) as period_start,
        cast(first_days.first_on as {{ type_text() }}) as fingerprint

    from (
        {{ first_days }}
    ) as first_days
    inner join {{ ref('int_days__spined') }} as spine
        on first_days.first_on = spine.day_on
    inner join {{ ref('int_as_of__resolved') }} as resolved
        on spine.day_on <= {{ business_date('resolved.as_of_at') }}
{%- endset %}
{{ built_from([
    period_fingerprints('moments', '(' ~ moments ~ ') as moments', happened_on, moments_hash, grains, summed_by='month'),
    first_day_fingerprint,
    spine_fingerprints()
]) }}
