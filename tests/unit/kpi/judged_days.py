"""A scoreboard written by hand whose days are judged, as the docs of the forecast family tell: what was usual, and a week that was not.

Every day from 14 July 2025 on is as usual, but for the days that are named here. as_of is noon of Monday, 8 December 2025.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import duckdb

from tests.support.compiled_models import CompiledProject, build_over, in_memory_warehouse
from tests.support.described_models import columns_of
from tests.support.ticket_clock import at
from tests.unit.kpi.small_project import Row, mart_of, values

FIRST_DAY, LAST_DAY = date(2025, 7, 14), date(2025, 12, 7)
USUAL: Mapping[str, float] = {
    "ticket_count": 100,
    "resolved_count": 100,
    "request_count": 100,
    "backlog_open": 100,
    "suggestion_count": 100,
    "first_reply_minutes_median": 9,
}
# First days of KPIs whose feed began late.
BEGAN = {"request_count": date(2025, 10, 22)}
# Days after which a KPI has no figure any more.
LAST = {"backlog_open": date(2025, 12, 1), "suggestion_count": date(2025, 11, 30)}
UNUSUAL: Mapping[str, Mapping[str, float]] = {
    "ticket_count": {
        "2025-10-02": 400,
        "2025-12-01": 143,
        "2025-12-02": 144,
        "2025-12-03": 157,
        "2025-12-04": 169,
        "2025-12-05": 64,
        "2025-12-07": 20,
    },
    "resolved_count": {"2025-12-03": 300, "2025-12-04": 0, "2025-12-05": 0, "2025-12-06": 0, "2025-12-07": 0},
    "request_count": {"2025-12-02": 0, "2025-12-03": 0},
    "backlog_open": {"2025-12-01": 500},
    "suggestion_count": {"2025-11-30": 500},
    "first_reply_minutes_median": {"2025-12-07": 99},
}


def scoreboard() -> list[Row]:
    rows: list[Row] = []
    day = FIRST_DAY
    while day <= LAST_DAY:
        for kpi_id, usual in USUAL.items():
            if BEGAN.get(kpi_id, day) <= day <= LAST.get(kpi_id, day):
                rows.append(told(kpi_id, day, UNUSUAL.get(kpi_id, {}).get(str(day), usual)))
        week = (day - FIRST_DAY).days // 7
        is_last = day == LAST_DAY
        # By turns 19 and 24 minutes, which are 20 and 25 when 1 is added; 49 on the last day.
        rows.append(told("resolution_minutes_median", day, 49 if is_last else 19 if week % 2 else 24))
        rows += satisfaction(day, phone=5 if is_last else 40, chat=35 if is_last else 40)
        day += timedelta(days=1)
    # The day of as_of is not over.
    rows.append({**told("ticket_count", day, 3), "is_whole_period": False})
    # Of the tickets of the last day, all that were missing would have been calls.
    for offset in range(9):
        same_weekday = LAST_DAY - timedelta(days=7 * offset)
        for channel, usual in (("phone", 80), ("chat", 20)):
            count = usual if offset else 18 if channel == "chat" else 2
            rows.append(told("ticket_count", same_weekday, count, dimension="channel", member=channel))
    return rows


def told(kpi_id: str, day: date, value: float, *, dimension: str = "overall", member: str = "all") -> Row:
    is_quantile = kpi_id.endswith("_median")
    return {
        "kpi_id": kpi_id,
        "period_grain": "day",
        "period_start": day,
        "dimension": dimension,
        "member": member,
        "is_whole_period": True,
        "value": value,
        "numerator": None if is_quantile else value,
        "n": int(value),
    }


def satisfaction(day: date, *, phone: int, chat: int) -> list[Row]:
    """Fifty answers each by phone and chat, so many of them satisfied. The interval of the whole is 0.09 to each side.

    Half come from the east, where forty are always satisfied, and half from nobody knows where.
    """
    rows: list[Row] = []
    for dimension, member, satisfied, answers in (
        ("overall", "all", phone + chat, 100),
        ("channel", "phone", phone, 50),
        ("channel", "chat", chat, 50),
        ("region", "east", 40, 50),
        ("region", "unknown", phone + chat - 40, 50),
    ):
        parts: dict[str, Any] = {"numerator": satisfied, "denominator": answers, "n": answers, "value": satisfied / answers}
        bounds = {"lower": satisfied / answers - 0.09, "upper": satisfied / answers + 0.09}
        rows.append({**told("csat_rate", day, 0, dimension=dimension, member=member), **parts, **bounds})
    return rows


def judged(project: CompiledProject, rows: list[Row], given: Mapping[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """A database in memory with the anomalies and alerts of a scoreboard."""
    board = mart_of(columns_of("kpi_scoreboard"), rows)
    return build_over(in_memory_warehouse(), project, {"scoreboard.kpi_scoreboard": board, **tables(), **(given or {})}, ["kpi_alerts"])


def tables() -> dict[str, str]:
    """as_of, and whose calendar holds."""
    members = {"measure": "varchar", "dimension": "varchar", "member": "varchar"}
    return {
        "intermediate.int_as_of__resolved": f"select timestamp '{at('2025-12-08 12:00')}' as as_of_at",
        "measures.measure_members": values([{"measure": "tickets_created", "dimension": "source_system", "member": "contract"}], members),
    }
