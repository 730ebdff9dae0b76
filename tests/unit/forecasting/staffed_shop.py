"""The shop whose forecast and staffing are worked out by hand, as the built marts that they are made of. Times are those of Shanghai.

From Monday, 1 September 2025, to noon of Monday, 8 December: sixty calls on each Monday from 10 to 11, thirty chats from 15 to 16, and on
each Tuesday at 9 ten mails and a ticket of no known channel. The docs of the family tell of it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from tests.support.described_models import columns_of
from tests.support.ticket_clock import at
from tests.support.warehouse import PROJECT_ROOT

FIRST_MONDAY = date(2025, 9, 1)
AS_OF = at("2025-12-08 12:00")
WEEKS = 14


def build(warehouse: Path, *, as_of: datetime = AS_OF, first_monday: date = FIRST_MONDAY) -> None:
    """Write the marts that forecasting reads, and the empty ones that it fills."""
    tickets, events = _tickets_and_events(first_monday)
    with duckdb.connect(str(warehouse)) as connection:
        for schema in ("intermediate", "measures", "core", "reference", "forecast"):
            connection.execute(f"create schema {schema}")
        connection.execute("create table intermediate.int_as_of__resolved (as_of_at timestamp)")
        connection.execute("insert into intermediate.int_as_of__resolved values (?)", [as_of])
        _insert(connection, "core.fct_tickets", tickets)
        _insert(connection, "core.fct_ticket_events", events)
        connection.execute(
            """
            create table measures.measure_tickets as
            select
                'tickets_created' as measure, 'day' as period_grain, created_on as period_start, dimension, member,
                cast(count(*) as decimal(38, 0)) as total
            from core.fct_tickets
            cross join (values ('overall'), ('issue_type')) as dimensions (dimension)
            cross join lateral (select case dimension when 'overall' then 'all' else issue_type end as member) as members
            where is_in_scope
            group by all
            """
        )
        connection.execute("create table measures.measure_requests as from measures.measure_tickets where false")
        seed = PROJECT_ROOT / "seeds" / "reference" / "staffing_assumptions.csv"
        connection.execute(f"create table reference.staffing_assumptions as from read_csv('{seed}')")
        for mart in ("forecast_daily", "forecast_backtest", "staffing_hours"):
            connection.execute(f"create table forecast.{mart} ({_columns(mart)})")


def _columns(mart: str) -> str:
    return ", ".join(f"{name} {data_type}" for name, data_type in columns_of(mart).items())


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    connection.register("given", pd.DataFrame(rows))
    connection.execute(f"create table {table} as from given")
    connection.unregister("given")


def _tickets_and_events(first_monday: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    tickets: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []

    def ticket(moment: str, channel: str | None, *, seconds: int | None = None, in_scope: bool = True) -> str:
        key = f"t{len(tickets)}"
        tickets.append(
            {
                "ticket_key": key,
                "channel": channel,
                "issue_type": "logistics",
                "is_in_scope": in_scope,
                "handling_seconds": None if seconds is None else float(seconds),
                "created_at": at(moment),
                "created_on": date.fromisoformat(moment[:10]),
            }
        )
        return key

    def reply(key: str, moment: str, agent: str, *, by_person: bool = True) -> None:
        events.append({"ticket_key": key, "actor_key": agent, "is_human_reply": by_person, "occurred_at": at(moment)})

    for week in range(WEEKS):
        monday = first_monday + timedelta(days=7 * week)
        tuesday = monday + timedelta(days=1)
        for number in range(60):
            # Sixty calls on a Monday from 10 to 11, each of 300 seconds.
            key = ticket(f"{monday} 10:{number:02}", "phone", seconds=300)
            if number < 2 and week % 2 == 1:
                # Every other week ann and bob are there; ann answers twice.
                reply(key, f"{monday} 10:{number + 5:02}", "ann")
                reply(key, f"{monday} 10:{number + 6:02}", "bob")
                reply(key, f"{monday} 10:{number + 7:02}", "robot", by_person=False)
        for number in range(30):
            ticket(f"{monday} 15:{number:02}", "chat")
        for number in range(10):
            ticket(f"{tuesday} 09:{number:02}", "email", seconds=900 if week == WEEKS - 1 else None)
        ticket(f"{tuesday} 09:30", None)
        ticket(f"{tuesday} 09:40", "email", in_scope=False)
    # The running day counts nowhere.
    ticket("2025-12-08 10:00", "phone", seconds=9000)
    return tickets, events
