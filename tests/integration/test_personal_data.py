"""No personal data beyond the warehouse file: people are planted in a shop's extracts, it is refreshed once, and every byte is searched."""

import gzip
import html
import json
import os
import sqlite3
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from command_line.app import build_app
from orchestration.publishing import building
from orchestration.publishing.customer_key import CustomerKey
from orchestration.publishing.selection import PublishedColumn, PublishedTable, published_marts
from tests.support.fault_postgresql import postgresql_database
from tests.support.personal_data import AGENT, CUSTOMERS, KNOWN, REJECTED, Search, plant
from tests.support.publishing import publish_snapshot
from tests.support.warehouse import PROJECT_ROOT, aftersales, give_parsed_project, made_once, published

# What is said to whoever asks, after the refresh. Each line is a command.
QUESTIONS = (
    ("status",),
    ("status", "--accounting"),
    ("rejects",),
    ("rejects", "--all"),
    ("kpi", "ticket_count", "--grain", "month", "--dimension", "agent"),
    ("explain", "PT1"),
    ("sql", "select * from core.fct_ticket_events where ticket_key = 'contract:PT1'", "--format", "json"),
    ("sql", "select * from core.dim_customers", "--format", "csv"),
    ("sql", "select * from quality.extract_ledger", "--format", "csv"),
)

# What people take away: each line is a command, and the folder or file that it writes.
TAKEN_AWAY = (
    ("report", "--language", "zh", "--to", "report.html"),
    *(("export", "--grain", "month", "--format", file_format, "--to", file_format) for file_format in ("csv", "parquet", "xlsx")),
    *(("export", "--mart", "core.dim_customers", "--mart", "core.fct_tickets", "--format", each, "--to", each) for each in ("csv", "xlsx")),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A refreshed home in ``home``, all that was printed in ``printed``, and around it whatever the user's account has."""
    return made_once(tmp_path_factory, "world_of_people", _make_world)


def _make_world(world: Path) -> None:
    for name in ("home", "printed", "user", "temporary"):
        (world / name).mkdir()
    landing = world / "home" / "landing"
    simulated = aftersales("simulate", "--out", landing, "--orders", 200, "--days", 10, "--until", "2025-11-15", "--seed", 3)
    assert simulated.returncode == 0, simulated.stdout + simulated.stderr
    plant(landing)
    give_parsed_project(world / "home" / "dbt")
    environment = {
        **os.environ,
        "PYTHONPATH": str(PROJECT_ROOT),
        "COLUMNS": "400",
        "AFTERSALES_REPORT": "en",
        "HOME": str(world / "user"),
        "TMPDIR": str(world / "temporary"),
    }
    del environment["AFTERSALES_CUSTOMER_KEY"]
    finished = subprocess.run(
        [sys.executable, "-c", "from command_line.app import main; main()", "refresh", "--home", str(world / "home")],
        cwd=PROJECT_ROOT,
        env=environment,
        umask=0o022,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    (world / "printed" / "refresh.txt").write_text(finished.stdout + finished.stderr, encoding="utf-8")
    for number, question in enumerate(QUESTIONS):
        answer = CliRunner().invoke(build_app(), [*question, "--home", str(world / "home")])
        assert answer.exit_code == 0, f"{question}: {answer.output}"
        (world / "printed" / f"{number}-{question[0]}.txt").write_text(answer.output, encoding="utf-8")
    for *command, written in TAKEN_AWAY:
        answer = CliRunner().invoke(build_app(), [*command, str(world / "taken_away" / written), "--home", str(world / "home")])
        assert answer.exit_code == 0, f"{command}: {answer.output}"


@pytest.fixture(scope="module")
def key(world: Path) -> str:
    return (world / "home" / "customer_key").read_text().strip()


@pytest.fixture(scope="module")
def search(key: str) -> Search:
    people = Search()
    return replace(people, needles={**people.needles, "customer key": key})


def private(world: Path) -> list[Path]:
    """Where people may be: the warehouse, what was delivered, and the key itself."""
    return [world / "home" / name for name in ("warehouse.duckdb", "warehouse.duckdb.wal", "landing", "archive", "customer_key")]


def test_the_people_were_delivered_and_met_every_fate(world: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{world / 'home' / 'warehouse.duckdb'}' as warehouse (read_only)")
        connection.execute("use warehouse")
        customers = connection.execute(
            "select full_name, email, phone from raw.contract__customers where customer_id = ?", [KNOWN.customer_id]
        )
        assert customers.fetchall() == [(KNOWN.name, KNOWN.email, KNOWN.phone)]
        (rejected,) = connection.execute("select count(*) from raw.rejects where contains(raw_text, ?)", [REJECTED.email]).fetchone() or (
            0,
        )
        assert rejected == 5
        refused = connection.execute("select refusal_reason from raw.extract_ledger where status = 'refused' order by all").fetchall()
        assert [reason for (reason,) in refused] == sorted(
            [
                *("missing_required_column", "duplicate_header", "truncated_gzip", "not_in_declared_encoding", "unclosed_quote"),
                *("wrong_content", "missing_required_column", "wrong_content"),
            ]
        )
        assert connection.execute("select count(*) from raw.contract__agents where agent_name = ?", [AGENT]).fetchone() == (1,)
        warnings = connection.execute("select subject, rule from quality.check_results where status = 'failed'").fetchall()
        assert ("raw.contract__orders", "moments_are_in_order") in warnings
        assert ("core.fct_orders", "relationships_fct_orders_customer_key__customer_key__ref_dim_customers_") in warnings
    with published(world / "home") as marts:
        assert marts.execute("select count(*) from core.fct_orders where order_key in ('contract:PO1', 'contract:PO2')").fetchone() == (2,)
        assert marts.execute("select count(*) from core.fct_ticket_events where ticket_key = 'contract:PT1'").fetchone() == (8,)
        assert marts.execute("select count(*) from core.fct_survey_responses where response_key = 'contract:PR1'").fetchone() == (1,)


def test_a_file_of_no_feed_is_told_of_and_not_opened(world: Path) -> None:
    printed = (world / "printed" / "refresh.txt").read_text(encoding="utf-8")
    assert "left_here_by_somebody.txt: belongs to no feed of source 'contract'" in printed
    assert (world / "home" / "landing" / "contract" / "left_here_by_somebody.txt").exists()


def test_every_place_that_could_tell_of_them_was_written(world: Path) -> None:
    home = world / "home"
    for pattern in (
        *("published/*/marts.duckdb", "published/*/manifest.json", "published/*/parquet/core/*/*.parquet", "data_docs/*/**/*.html"),
        *("published/reports/*.html", "../taken_away/report.html", "../taken_away/csv/*.csv", "../taken_away/parquet/*.parquet"),
        *("../taken_away/xlsx/kpis.xlsx", "../taken_away/xlsx/core.dim_customers.xlsx"),
        *("data_docs/*.json", "dagster/**/*.db", "dagster/logs/refresh-*.log", "dbt/run_results.json"),
    ):
        assert list(home.glob(pattern)), pattern


def test_nothing_beyond_the_warehouse_tells_of_anybody(world: Path, search: Search) -> None:
    assert search.findings(world, leave_out=private(world)) == []


def test_the_replica_in_postgresql_tells_of_nobody(world: Path, search: Search, tmp_path: Path) -> None:
    with postgresql_database("marts") as address:
        answer = CliRunner().invoke(build_app(), ["publish-postgres", "--to", address, "--home", str(world / "home")])
        assert answer.exit_code == 0, answer.output
        with (tmp_path / "replica.sql").open("wb") as dump:
            subprocess.run(["pg_dump", address], stdout=dump, check=True)
    dumped = (tmp_path / "replica.sql").read_text(encoding="utf-8")
    assert "COPY core.dim_customers" in dumped and "CREATE VIEW wide.satisfaction" in dumped and "contract:PT1" in dumped
    assert search.findings(tmp_path) == []


def test_the_search_itself_finds_everybody_where_they_may_be(world: Path, search: Search) -> None:
    home = world / "home"
    found = search.findings(
        home / "warehouse.duckdb", home / "archive", home / "landing" / "contract" / "customers" / "customers_no_header.csv"
    )
    for person in CUSTOMERS:
        assert any(f"e-mail of {person.customer_id}" in line for line in found)
    assert any(line.endswith("name of an agent") for line in found)
    assert any("raw.rejects" in line for line in found)


# Letting one column through on purpose. The warehouse is the same, only what is chosen from it differs.
LET_THROUGH = {
    "a customer's name": ("raw", "contract__customers", "full_name", "name of "),
    "a customer's e-mail": ("raw", "contract__customers", "email", "e-mail of "),
    "a customer's phone": ("raw", "contract__customers", "phone", "phone of "),
    "a customer's id": ("raw", "contract__tickets", "customer_id", "customer id of "),
    "an agent's name": ("raw", "contract__agents", "agent_name", "name of an agent"),
    "a comment": ("raw", "contract__survey_responses", "comment_text", "remark of "),
    "who acted, as delivered": ("raw", "contract__ticket_events", "actor_id", "customer id of "),
    "an event's value, as delivered": ("raw", "contract__ticket_events", "to_value", "e-mail of "),
    "a rejected row": ("raw", "rejects", "raw_text", "phone of "),
    "what a reject says": ("raw", "rejects", "detail", "e-mail of "),
    "a key that is not hashed": ("core", "dim_customers", "customer_key", "customer id of "),
    "a key of a fact that is not hashed": ("core", "fct_tickets", "customer_key", "customer id of "),
}


@pytest.mark.parametrize("what", LET_THROUGH)
def test_one_column_let_through_is_found(what: str, world: Path, search: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schema, table, column, finding = LET_THROUGH[what]
    leak = PublishedTable(schema, table, (PublishedColumn(column),))
    monkeypatch.setattr(building, "published_marts", lambda _: (leak,))
    path = publish_again(world, tmp_path)
    found = search.findings(path)
    for file in ("marts.duckdb", f"parquet/{schema}/{table}/"):
        assert any(file in line and finding in line for line in found), found


def publish_again(world: Path, folder: Path) -> Path:
    home = world / "home"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home / 'warehouse.duckdb'}' as warehouse (read_only)")
        (run_id,) = connection.execute("select max(run_id) from warehouse.quality.check_results").fetchone() or ("",)
    return publish_snapshot(
        warehouse=home / "warehouse.duckdb",
        dbt_manifest=home / "dbt" / "manifest.json",
        published=folder / "published",
        key=CustomerKey(b"the key of a test, thirty bytes", ""),
        run_id=run_id,
        created_at=datetime(2025, 11, 16, tzinfo=UTC),
        time_zone="Asia/Shanghai",
    ).path


def test_customers_of_the_same_source_join_over_all_marts(world: Path) -> None:
    with published(world / "home") as marts:
        (customers,) = marts.execute("select count(distinct customer_key) from core.dim_customers").fetchone() or (0,)
        assert customers > 50
        tables = [
            table
            for table in published_marts(world / "home" / "dbt" / "manifest.json")
            if any(c.treatment == "pseudonym" for c in table.columns)
        ]
        assert len(tables) == 14
        for table in tables:
            (clear,) = marts.execute(
                f"select count(*) from {table.full_name} where not regexp_full_match(customer_key, '[0-9a-f]{{64}}')"
            ).fetchone() or (None,)
            assert clear == 0
        matched = marts.execute(
            "select count(*) from core.fct_tickets as tickets inner join core.dim_customers as customers using (customer_key) "
            "where tickets.ticket_key = 'contract:PT1'"
        ).fetchone()
        assert matched == (1,)


# Modes ------------------------------------------------------------------------------------------------------------------


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_under_an_open_umask_all_but_the_published_is_the_owners_alone(world: Path) -> None:
    home = world / "home"
    assert mode(home) == 0o711
    assert mode(home / "warehouse.duckdb") == 0o600
    assert mode(home / "customer_key") == 0o600
    open_to_others = [
        path.relative_to(home).as_posix()
        for path in sorted(home.iterdir())
        if path.name not in {"published", "landing"} and mode(path) & 0o077
    ]
    assert open_to_others == []
    for folder in ("archive", "dagster", "dbt", "data_docs"):
        assert mode(home / folder) == 0o700
    archived = [path for path in (home / "archive").rglob("*") if path.is_file()]
    assert archived
    assert {mode(path) for path in archived} == {0o600}
    logs = [*(home / "dagster").rglob("*.log"), *(home / "dbt").rglob("*.log"), *(home / "dagster").rglob("*.db")]
    assert logs
    assert {mode(path) & 0o077 for path in logs} == {0}
    assert {mode(path) for path in (home / "published").rglob("*") if path.is_file() and path.name != ".lock"} == {0o644}


# The search -------------------------------------------------------------------------------------------------------------


def _sqlite(path: Path, text: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table events (body text)")
        # Longer than a page, so that the text lies over several of them.
        connection.execute("insert into events values (?)", ["x" * 4090 + text + "x" * 9000])


def _duckdb_file(path: Path, text: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table notes as select $text || (i % 7) as note, [$text] as listed from range(9000) as numbers(i)", {"text": text}
        )


def _parquet(path: Path, text: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"copy (select $text as note from range(2000)) to '{path}' (format parquet, compression zstd)", {"text": text})


def _zip(path: Path, text: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", f"<is><t>{html.escape(text)}</t></is>")


FORMATS: dict[str, Callable[[Path, str], object]] = {
    "plain.log": lambda path, text: path.write_text(f"a line\nand {text}, too\n"),
    "large.LOG": lambda path, text: path.write_text(text.upper()),
    "escaped.json": lambda path, text: path.write_text(json.dumps({"message": text})),
    "twice_escaped.json": lambda path, text: path.write_text(json.dumps({"event": json.dumps({"message": text})})),
    "page.html": lambda path, text: path.write_text(text.replace("'", "&#x27;")),
    "wide.txt": lambda path, text: path.write_bytes(text.encode("utf-16-le")),
    "packed.txt.gz": lambda path, text: path.write_bytes(gzip.compress(text.encode())),
    "events.db": _sqlite,
    "marts.duckdb": _duckdb_file,
    "note.parquet": _parquet,
    "sheet.xlsx": _zip,
}


@pytest.mark.parametrize("needle", ["Zebulon Quackenbush", "欧阳震华珍妮", "w.o'featherstone@planted.example", "+86 135 2276 9084"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_needle_is_found_in_every_format(name: str, needle: str, tmp_path: Path) -> None:
    FORMATS[name](tmp_path / name, needle)
    found = Search({"needle": needle}).findings(tmp_path)
    assert found
    assert all(line.startswith(str(tmp_path / name)) and line.endswith("needle") for line in found)
    assert Search({"needle": "somebody else entirely"}).findings(tmp_path) == []


def test_a_needle_in_a_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "orders_of_zebulon quackenbush.csv").touch()
    assert len(Search({"needle": "Zebulon Quackenbush"}).findings(tmp_path)) == 1
