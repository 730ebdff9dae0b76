"""Staffs each hour of the week on each channel, from the tickets that are foretold and those of the last eight weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import duckdb

from orchestration.forecasting.staffing import Need, agents_at_the_desk, agents_on_the_line

TRAILING_DAYS = 56

_FORESEEN = """
    with

    days as (

        select cast(range as date) as day_on, isodow(cast(range as date)) as day_of_week
        from range(
            cast((
                select greatest(cast($today as date) - cast($days as integer), min(period_start) + 1)
                from measures.measure_tickets
                where measure = 'tickets_created' and period_grain = 'day' and dimension = 'overall' and total > 0
            ) as timestamp),
            cast($today as timestamp),
            interval 1 day
        )

    ),

    weekdays as (

        select day_of_week, count(*) as day_count
        from days
        group by day_of_week

    ),

    tickets as (

        select
            coalesce(tickets.channel, 'unknown') as channel,
            isodow(tickets.created_on) as day_of_week,
            extract(hour from timezone($time_zone, timezone('UTC', tickets.created_at))) as hour_of_day,
            tickets.handling_seconds
        from core.fct_tickets as tickets
        where tickets.is_in_scope and tickets.created_on in (select days.day_on from days)

    ),

    channels as (

        select
            tickets.channel,
            count(tickets.handling_seconds) as handling_case_count,
            sum(tickets.handling_seconds) as handling_seconds
        from tickets
        group by tickets.channel

    ),

    hours as (

        select channel, day_of_week, hour_of_day, count(*) as arrival_count
        from tickets
        group by channel, day_of_week, hour_of_day

    ),

    replies as (

        select
            coalesce(tickets.channel, 'unknown') as channel,
            events.actor_key,
            timezone($time_zone, timezone('UTC', events.occurred_at)) as local_at
        from core.fct_ticket_events as events
        inner join core.fct_tickets as tickets on events.ticket_key = tickets.ticket_key
        where
            events.is_human_reply
            and tickets.is_in_scope
            and events.occurred_at >= cast($today as timestamp) - to_days(cast($days + 2 as integer))

    ),

    at_work as (

        select
            replies.channel,
            isodow(replies.local_at) as day_of_week,
            extract(hour from replies.local_at) as hour_of_day,
            count(distinct (cast(replies.local_at as date), replies.actor_key)) as agent_hour_count
        from replies
        where cast(replies.local_at as date) in (select days.day_on from days)
        group by all

    ),

    foretold as (

        select isodow(forecast_on) as day_of_week, avg(cast(expected_count as decimal(18, 2))) as expected_count
        from forecast.forecast_daily
        where series = 'tickets' and dimension = 'overall'
        group by isodow(forecast_on)

    )

    select
        channels.channel,
        weekdays.day_of_week,
        hours_of_day.hour_of_day,
        weekdays.day_count,
        coalesce(hours.arrival_count, 0),
        sum(coalesce(hours.arrival_count, 0)) over (partition by weekdays.day_of_week),
        foretold.expected_count,
        coalesce(at_work.agent_hour_count, 0),
        channels.handling_case_count,
        channels.handling_seconds,
        assumptions.method,
        assumptions.handling_seconds,
        assumptions.concurrency,
        assumptions.target_seconds,
        assumptions.target_share,
        assumptions.occupancy
    from channels
    cross join weekdays
    cross join (select range as hour_of_day from range(24)) as hours_of_day
    left join hours
        on
            channels.channel = hours.channel
            and weekdays.day_of_week = hours.day_of_week
            and hours_of_day.hour_of_day = hours.hour_of_day
    left join at_work
        on
            channels.channel = at_work.channel
            and weekdays.day_of_week = at_work.day_of_week
            and hours_of_day.hour_of_day = at_work.hour_of_day
    left join foretold on weekdays.day_of_week = foretold.day_of_week
    inner join reference.staffing_assumptions as assumptions on channels.channel = assumptions.channel
    order by channels.channel, weekdays.day_of_week, hours_of_day.hour_of_day
"""

_COLUMNS = (
    "channel, day_of_week, hour_of_day, method, load_basis, handling_basis, handling_case_count, day_count, arrival_count, hour_share, "
    "expected_count, handling_seconds, concurrency, target_seconds, target_share, occupancy, load_erlangs, agents_needed, "
    "answered_in_time_share, agents_at_work_mean"
)


def fill_staffing_hours(connection: duckdb.DuckDBPyConnection, *, today: date, time_zone: str, minimum_sample: int) -> None:
    """Write the mart anew: the eight weeks before ``today``, which is not over."""
    asked = {"today": today, "days": TRAILING_DAYS, "time_zone": time_zone}
    rows = [_row(row, minimum_sample) for row in connection.execute(_FORESEEN, asked).fetchall()]
    connection.execute("delete from forecast.staffing_hours")
    if rows:
        # A list a column: a statement a row would take longer than all the rest.
        lists = ", ".join("unnest(?)" for _ in rows[0])
        connection.execute(
            f"insert into forecast.staffing_hours ({_COLUMNS}) select {lists}", [list(column) for column in zip(*rows, strict=True)]
        )


def _row(row: Sequence[Any], minimum_sample: int) -> list[Any]:
    (
        channel,
        day_of_week,
        hour_of_day,
        day_count,
        tickets,
        tickets_of_weekday,
        expected_of_day,
        agent_hours,
        cases,
        delivered_seconds,
        method,
        assumed_seconds,
        concurrency,
        target_seconds,
        target_share,
        occupancy,
    ) = row
    share = tickets / tickets_of_weekday if tickets_of_weekday else 0.0
    is_foretold = expected_of_day is not None
    per_hour = round(float(expected_of_day) * share if is_foretold else tickets / day_count, 6)
    is_delivered = cases >= minimum_sample
    seconds = round(float(delivered_seconds) / cases if is_delivered else float(assumed_seconds), 2)
    if method == "erlang_c":
        need = agents_on_the_line(
            per_hour, handling_seconds=seconds, concurrency=concurrency, target_seconds=target_seconds, target_share=target_share
        )
    else:
        need = agents_at_the_desk(per_hour, handling_seconds=seconds, occupancy=occupancy)
    return [
        *(channel, day_of_week, hour_of_day, method),
        "forecast" if is_foretold else "trailing_8_weeks",
        "delivered" if is_delivered else "assumed",
        *(cases, day_count, tickets, round(share, 6), per_hour, seconds, concurrency, target_seconds, target_share, occupancy),
        *(round(per_hour * seconds / 3600 / (concurrency or 1), 6), need.agents, _rounded(need), round(agent_hours / day_count, 6)),
    ]


def _rounded(need: Need) -> float | None:
    return None if need.share_in_time is None else round(need.share_in_time, 6)
