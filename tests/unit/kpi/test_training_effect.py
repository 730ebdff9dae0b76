"""Courses before and after which nothing changed: whatever moment they are looked at, the effect is none.

From 16 December to 24 February ann resolves one ticket a day in ten minutes and one in twenty days. Times are those of the business
time zone.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pytest

from tests.support.compiled_models import CompiledProject, build_over
from tests.support.ticket_clock import HelpDesk, at, clock_models_of, one, there_with
from tests.unit.kpi.help_desk_shop import GIVEN
from tests.unit.kpi.small_project import Row, values

FIRST = at("2024-12-16 07:00")
MEAN = (10 + 20 * 1440) / 2
TRAININGS: list[Row] = [
    {"agent_key": "office:ann", "course": "calm", "trained_on": "2025-01-15"},
    {"agent_key": "office:ann", "course": "listening", "trained_on": "2025-01-25"},
    {"agent_key": "office:bob", "course": "edges", "trained_on": "2025-01-15"},
]


def looked_at(project: CompiledProject, as_of: datetime) -> duckdb.DuckDBPyConnection:
    desk = HelpDesk(as_of=as_of)
    desk.seeds = {"calendar_assignments": [{"source_system": "office", "calendar_code": "cn_office"}]}
    desk.agent("office", "ann", "human")
    desk.agent("office", "bob", "human")

    def ticket(ticket_id: str, agent: str, opened: datetime, *changes: tuple[timedelta, str]) -> None:
        key = desk.ticket(ticket_id, opened)
        desk.event(key, opened, "assigned", to_value=agent)
        desk.statuses(key, *((opened + after, status) for after, status in changes))

    for day in range(71):
        opened = FIRST + timedelta(days=day)
        if opened <= as_of:
            ticket(f"quick {day}", "ann", opened, (timedelta(minutes=10), "solved"))
            ticket(f"slow {day}", "ann", opened, (timedelta(days=20), "solved"))
    ticket("a second too late", "bob", at("2025-01-09 07:00"), (timedelta(days=30, seconds=1), "solved"))
    ticket(
        "reopened later",
        "bob",
        at("2025-01-10 07:00"),
        (timedelta(hours=1), "solved"),
        (timedelta(days=40), "open"),
        (timedelta(days=41), "solved"),
    )
    ticket("open by then", "bob", at("2025-01-11 07:00"), (timedelta(hours=1), "solved"), (timedelta(days=2), "open"))
    ticket("on the second", "bob", at("2025-01-20 07:00"), (timedelta(days=30), "solved"))
    clock_models = clock_models_of(project)
    tables: dict[str, str] = {}
    for table, (columns, _) in GIVEN.items():
        rows: list[dict[str, Any]] = TRAININGS if table.endswith("int_agent_trainings__unioned") else []
        tables[table] = values(rows, columns) if rows else f"select * from ({values([dict.fromkeys(columns)], columns)}) where false"
    return build_over(desk.build(clock_models), project, tables, ["kpi_training_effect"], there=there_with(clock_models))


@pytest.fixture(scope="module")
def in_april(project: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with looked_at(project, at("2025-04-10 08:00")) as connection:
        yield connection


def effect(connection: duckdb.DuckDBPyConnection, course: str) -> tuple[int, float | None, int, float | None, float | None]:
    row = one(connection, "select * from efficiency.kpi_training_effect where course = ?", course)
    names = ("before_n", "before_mean", "after_n", "after_mean", "change")
    return tuple(row[f"resolution_minutes_{name}"] for name in names)  # type: ignore[return-value]


def test_a_course_that_changes_nothing_has_no_effect_when_its_thirty_days_are_just_over(project: CompiledProject) -> None:
    with looked_at(project, at("2025-02-15 08:00")) as connection:
        # Only the tickets of 16 January have had their thirty days; the slow ones of February are still open.
        assert effect(connection, "calm") == (60, MEAN, 2, MEAN, 0)


def test_a_course_that_changes_nothing_has_no_effect_later(in_april: duckdb.DuckDBPyConnection) -> None:
    assert effect(in_april, "calm") == (60, MEAN, 60, MEAN, 0)


def test_a_ticket_between_two_courses_counts_once_a_side(in_april: duckdb.DuckDBPyConnection) -> None:
    # Before one of both lie the forty days from 16 December to 24 January, after one of both those from 16 January to 24 February.
    assert effect(in_april, "listening") == (60, MEAN, 60, MEAN, 0)
    everything = one(in_april, "select * from efficiency.kpi_training_effect where course = 'all'")
    assert (everything["resolution_minutes_before_n"], everything["resolution_minutes_after_n"]) == (80 + 1, 80 + 1)
    assert everything["agent_count"] == 2


def test_a_ticket_counts_as_it_stood_thirty_days_after_its_creation(in_april: duckdb.DuckDBPyConnection) -> None:
    # Resolved after an hour and reopened after forty days: an hour. Resolved after thirty days to the second: in.
    assert effect(in_april, "edges")[:4] == (1, 60, 1, 30 * 1440)
