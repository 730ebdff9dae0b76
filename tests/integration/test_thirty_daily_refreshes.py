"""A warehouse made anew from the archive equals the one that lived through thirty daily deliveries, table by table, row by row: late
events, reopenings of old tickets, corrections, withdrawals, rejected rows and files that come twice among them.

Every day loads into the same warehouse. The models are built whenever somebody looks: fct_tickets every fifth day, to draw the late events
of the next days out of it, the backlog on the fifteenth day, and all on the last one. What is left out in between leaves no trace: each
model is made anew from what was loaded and reads no earlier state of its own, which the first test insists on.
"""

import csv
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.connections import connected
from orchestration.loading import Archive, load_source, read_declarations
from orchestration.project import MODELS_FOLDER
from tests.support.compiled_models import CompiledProject, build, compiled_project, differing_tables, models_behind, new_warehouse
from tests.support.extracts import day_of, deliver, extract_files
from tests.support.warehouse import aftersales, made_once

DAYS = 30
TICKETS_BUILT_EVERY = 5
BACKLOG_LOOKED_AT_EVERY = 15
LAST_DAY = datetime(2025, 11, 30, tzinfo=UTC)
FIRST_DAY = LAST_DAY - timedelta(days=DAYS - 1)

# Everything that a delivery leaves in the warehouse. Of the ledger only what was loaded: a rebuild is not told of the rest.
BOOKS = {"rejects": "select * from {at}.raw.rejects", "ledger": "select * from {at}.raw.extract_ledger where status = 'loaded'"}

EVENT_COLUMNS = ["event_id", "ticket_id", "occurred_at", "event_type", "actor_id", "from_value", "to_value"]
TRAINING_COLUMNS = ["agent_id", "course", "trained_on", "updated_at"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return compiled_project(tmp_path_factory)


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        finished = aftersales(
            "simulate", "--out", folder, "--orders", 500, "--days", DAYS, "--until", LAST_DAY.date(), "--seed", 9, "--bad-rows", 0.01
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr

    return made_once(tmp_path_factory, "thirty_days_of_extracts", make)


def loaded_from(home: Path, warehouse: Path, *, run_id: str) -> None:
    """Load what lies in the home's landing zone, as a refresh does: loaded files move into the archive."""
    archive = Archive(home / "archive", own_landing=home / "landing")
    with connected(warehouse) as connection:
        load = load_source(connection, read_declarations(MODELS_FOLDER)["contract"], home / "landing", run_id=run_id, archive=archive)
    assert load.not_archived == {}


def rows(warehouse: Path, query: str) -> list[tuple[Any, ...]]:
    with connected(warehouse, read_only=True) as connection:
        return connection.execute(query).fetchall()


def compared_queries(warehouse: Path) -> dict[str, str]:
    with connected(warehouse, read_only=True) as connection:
        feeds = connection.execute("select table_name from duckdb_tables() where schema_name = 'raw' and table_name like 'contract%'")
        return BOOKS | {table: f"select * from {{at}}.raw.{table}" for (table,) in feeds.fetchall()}


def differing_rows(one: Path, other: Path) -> dict[str, int]:
    """The raw tables whose rows differ between two warehouses, with how many rows only one of them has."""
    differing: dict[str, int] = {}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        for name, query in compared_queries(one).items():
            mine, theirs = query.format(at="one"), query.format(at="other")
            ((rows,),) = connection.execute(
                f"select count(*) from (({mine} except all {theirs}) union all ({theirs} except all {mine}))"
            ).fetchall()
            if rows:
                differing[name] = rows
    return differing


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


def test_a_rebuild_equals_the_warehouse_after_thirty_daily_deliveries(project: CompiledProject, extracts: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    living = new_warehouse(project, home / "warehouse.duckdb")
    tickets_and_agents = models_behind(project, ["fct_tickets", "dim_agents"])
    behind_the_backlog = models_behind(project, ["kpi_backlog"])
    chance = random.Random(8)
    files = extract_files(extracts)
    backlogs: list[list[tuple[Any, ...]]] = []
    for number in range(1, DAYS + 1):
        day = FIRST_DAY + timedelta(days=number - 1)
        deliver(extracts, home / "landing", [file for file in files if day_of(file) == f"{day:%Y-%m-%d}"])
        if number == 2:
            write_late_course(home / "landing", day, living)
        if number > 1:
            write_late_events(home / "landing", day, living, chance)
        loaded_from(home, living, run_id=f"day {number}")
        if number % TICKETS_BUILT_EVERY == 1:
            build(project, living, tickets_and_agents)
        if number % BACKLOG_LOOKED_AT_EVERY == 0:
            build(project, living, None if number == DAYS else behind_the_backlog)
            backlogs.append(
                rows(
                    living,
                    "select period_start, open_count, resolved_count from efficiency.kpi_backlog where period_grain = 'day'"
                    f" and dimension = 'overall' and period_start < date '{FIRST_DAY:%Y-%m-%d}' + 9 order by period_start",
                )
            )
    assert [path for path in (home / "landing").rglob("*") if path.is_file()] == [], "what was loaded is in the archive"

    rebuilt = new_warehouse(project, tmp_path / "rebuilt" / "warehouse.duckdb")
    loaded_from(home, rebuilt, run_id="the rebuild")
    build(project, rebuilt)

    assert differing_rows(living, rebuilt) == {}
    assert differing_tables(project, living, rebuilt, tuple({model.schema for model in project.models})) == {}
    assert backlogs[0] != backlogs[1]
    assert_it_was_there_to_differ(living)


def assert_it_was_there_to_differ(warehouse: Path) -> None:
    """Rows were corrected, withdrawn, late and rejected, old tickets were reopened late, second copies of an event did not count, and the
    marts hold what came of it."""
    with connected(warehouse, read_only=True) as connection:
        ((runs, rejected),) = connection.execute(
            "select count(distinct run_id), sum(rows_rejected) from raw.extract_ledger where status = 'loaded'"
        ).fetchall()
        ((corrected,),) = connection.execute(
            "select count(*) from (select order_id from raw.contract__orders group by order_id having count(distinct updated_at) > 1)"
        ).fetchall()
        ((withdrawn,),) = connection.execute("select count(*) from raw.contract__orders where is_deleted").fetchall()
        ((late,),) = connection.execute(
            """
            select count(*)
            from raw.contract__ticket_events as events
            inner join raw.extract_ledger as extracts on events._extract_id = extracts.extract_id
            where cast(events.occurred_at as date) < try_cast(regexp_extract(extracts.file_name, '[0-9]{4}-[0-9]{2}-[0-9]{2}') as date) - 1
            """
        ).fetchall()
        ((orders,), (tickets,), (figures,)) = (
            connection.execute(f"select count(*) from {mart}").fetchall()[0]
            for mart in ("core.fct_orders", "core.fct_tickets", "scoreboard.kpi_scoreboard")
        )
        ((replies, copies, old_reopenings),) = connection.execute(
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
            """
        ).fetchall()
    assert runs == DAYS
    assert min(rejected, corrected, withdrawn, late, orders, tickets, figures) > 0, (rejected, corrected, withdrawn, late, orders)
    assert replies > 100
    assert copies == 0
    assert old_reopenings > 10
