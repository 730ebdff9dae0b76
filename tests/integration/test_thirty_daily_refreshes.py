"""Thirty daily refreshes with late events and reopenings of old tickets end where one build of everything ends.

Every day loads into the same warehouse. The models are built whenever somebody looks: fct_tickets every fifth day, to draw the late events
of the next days out of it, the backlog on the fifteenth day, and all models of the schemas that are compared on the last one. What is
left out in between leaves no trace: each model is made anew from what was loaded and reads no earlier state of its own, which the first
test insists on.
"""

import csv
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.connections import connected
from tests.support.compiled_models import (
    CompiledModel,
    CompiledProject,
    build,
    compiled_project,
    differing_tables,
    load,
    models_behind,
    new_warehouse,
)
from tests.support.extracts import day_of, deliver, extract_files
from tests.support.warehouse import aftersales, made_once

DAYS = 30
TICKETS_BUILT_EVERY = 5
BACKLOG_LOOKED_AT_EVERY = 15
LAST_DAY = datetime(2025, 11, 30, tzinfo=UTC)
FIRST_DAY = LAST_DAY - timedelta(days=DAYS - 1)
COMPARED = ("core", "efficiency")

EVENT_COLUMNS = ["event_id", "ticket_id", "occurred_at", "event_type", "actor_id", "from_value", "to_value"]
TRAINING_COLUMNS = ["agent_id", "course", "trained_on", "updated_at"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return compiled_project(tmp_path_factory)


@pytest.fixture(scope="module")
def compared_models(project: CompiledProject) -> list[CompiledModel]:
    """The models of the schemas that are compared, and all that they read."""
    return models_behind(project, [model.name for model in project.models if model.schema in COMPARED])


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        finished = aftersales("simulate", "--out", folder, "--orders", 600, "--days", DAYS, "--until", LAST_DAY.date(), "--seed", 5)
        assert finished.returncode == 0, finished.stdout + finished.stderr

    return made_once(tmp_path_factory, "thirty_days_of_extracts", make)


def loaded(warehouse: Path, landing: Path) -> None:
    extracts = load(warehouse, landing).extracts
    assert [extract.file_name for extract in extracts if extract.refusal_reason is not None or extract.rows_rejected] == []


def rows(warehouse: Path, query: str) -> list[tuple[Any, ...]]:
    with connected(warehouse, read_only=True) as connection:
        return connection.execute(query).fetchall()


def write_extract(landing: Path, feed: str, day: datetime, columns: list[str], lines: list[list[str]]) -> None:
    path = landing / "contract" / feed / f"{feed}_late_{day:%Y-%m-%d}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(lines)


def write_late_events(landing: Path, day: datetime, warehouse: Path, chance: random.Random) -> None:
    """What reaches the help desk's export after it happened: replies, reopenings, solutions and priorities of any known ticket."""
    tickets = rows(warehouse, "select ticket_id, created_at, status from core.fct_tickets where is_in_scope order by ticket_key")
    people = rows(warehouse, "select distinct agent_id from core.dim_agents where agent_role = 'human' order by agent_id")
    lines: list[list[str]] = []
    for number, (ticket_id, created_at, status) in enumerate(chance.sample(tickets, min(6, len(tickets)))):
        seconds = max(1, int((day.replace(tzinfo=None) - created_at).total_seconds()))
        turned = "open" if status in ("solved", "closed") else "solved"
        for place, (event_type, actor, before, after) in enumerate(
            [
                ("agent_reply", chance.choice(people)[0], "", ""),
                ("status_changed", "", status, turned),
                ("priority_changed", "", "normal", "urgent"),
            ]
        ):
            moment = created_at + timedelta(seconds=chance.randrange(seconds))
            event_id = f"late-{day:%Y%m%d}-{number}-{place}"
            lines.append([event_id, ticket_id, f"{moment:%Y-%m-%dT%H:%M:%S}+00:00", event_type, actor, before, after])
        # The reply once more, under an id that comes after its own.
        lines.append([f"{lines[-3][0]}-copy", *lines[-3][1:]])
    write_extract(landing, "ticket_events", day, EVENT_COLUMNS, lines)


def write_late_course(landing: Path, day: datetime, warehouse: Path) -> None:
    """A course from before the first day, reported late; its thirty days after are over at the end."""
    people = rows(warehouse, "select distinct agent_id from core.dim_agents where agent_role = 'human' order by agent_id")
    trained_on = FIRST_DAY - timedelta(days=3)
    write_extract(
        landing,
        "agent_trainings",
        day,
        TRAINING_COLUMNS,
        [[agent_id, "reported_late", f"{trained_on:%Y-%m-%d}", f"{day:%Y-%m-%dT%H:%M:%S}+00:00"] for (agent_id,) in people],
    )


def test_no_model_reads_an_earlier_state_of_its_own(project: CompiledProject) -> None:
    # What is made by period reads the months that did not change, and which keys are touched is asked in a comment of what is made by key;
    # that both equal a build of everything has tests of its own.
    whole = [model for model in project.models if model.materialized != "by_period"]
    assert {model.materialized for model in whole} == {"table", "view"}
    assert [model.name for model in whole if f'"{model.schema}"."{model.name}"' in re.sub(r"/\*.*?\*/", "", model.sql, flags=re.S)] == []


def test_thirty_daily_refreshes_equal_one_build_of_everything(
    project: CompiledProject, compared_models: list[CompiledModel], extracts: Path, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    daily = new_warehouse(project, tmp_path / "daily" / "warehouse.duckdb")
    tickets_and_agents = models_behind(project, ["fct_tickets", "dim_agents"])
    behind_the_backlog = models_behind(project, ["kpi_backlog"])
    chance = random.Random(8)
    files = extract_files(extracts)
    backlogs: list[list[tuple[Any, ...]]] = []
    for number in range(1, DAYS + 1):
        day = FIRST_DAY + timedelta(days=number - 1)
        deliver(extracts, landing, [file for file in files if day_of(file) == f"{day:%Y-%m-%d}"])
        if number == 2:
            write_late_course(landing, day, daily)
        if number > 1:
            write_late_events(landing, day, daily, chance)
        loaded(daily, landing)
        if number % TICKETS_BUILT_EVERY == 1:
            build(project, daily, tickets_and_agents)
        if number % BACKLOG_LOOKED_AT_EVERY == 0:
            build(project, daily, compared_models if number == DAYS else behind_the_backlog)
            backlogs.append(
                rows(
                    daily,
                    "select period_start, open_count, resolved_count from efficiency.kpi_backlog where period_grain = 'day'"
                    f" and dimension = 'overall' and period_start < date '{FIRST_DAY:%Y-%m-%d}' + 9 order by period_start",
                )
            )

    rebuilt = new_warehouse(project, tmp_path / "rebuilt" / "warehouse.duckdb")
    loaded(rebuilt, landing)
    build(project, rebuilt, compared_models)

    assert differing_tables(project, daily, rebuilt, COMPARED) == {}

    # All of it was there to differ: no table is empty, old tickets were reopened late, second copies did not count, the past changed.
    compared = [f"{model.schema}.{model.name}" for model in compared_models if model.schema in COMPARED]
    assert len(compared) > 20
    # One system's customers are joined with no other's.
    assert [table for table in compared if rows(rebuilt, f"select count(*) from {table}") == [(0,)]] == ["core.dim_customer_joins"]
    ((replies, copies, old_reopenings),) = rows(
        rebuilt,
        """
        select
            count(*) filter (where events.event_type = 'agent_reply' and events.is_human_reply),
            count(*) filter (where events.event_key like '%-copy'),
            count(distinct tickets.ticket_key) filter (
                where events.event_type = 'status_changed' and events.to_value = 'open' and tickets.reopen_count > 0
                and tickets.created_at < strptime(substr(events.event_key, 15, 8), '%Y%m%d') - interval 10 day
            )
        from core.fct_ticket_events as events
        inner join core.fct_tickets as tickets on events.ticket_key = tickets.ticket_key
        where events.event_key like 'contract:late-%'
        """,
    )
    assert replies > 100
    assert copies == 0
    assert old_reopenings > 10
    assert backlogs[0] != backlogs[1]
