"""The replica in PostgreSQL holds what is published, changes in one step, and lets its readers read and do nothing else."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
import psycopg
import pytest
import sqlalchemy
from psycopg import errors
from typer.testing import CliRunner

from command_line.app import build_app
from orchestration.assets.replica import replica_assets
from orchestration.home import Home
from orchestration.publishing.replica.replicating import Replicated, is_behind, replicate_home
from orchestration.publishing.replica.server import ReplicaError
from orchestration.publishing.replica.shape import postgres_type
from orchestration.publishing.reports import is_report_of_current
from orchestration.runs.copies import make_up_for_copies
from tests.support.fault_postgresql import postgresql_database
from tests.support.replica import READER, brought, own_database, published_again, shop_of_three_months
from tests.support.warehouse import aftersales, published
from tests.unit.publishing.shop import Shop, model

WIDER_ORDERS = model(
    "marts/core/fct_orders.sql", {"order_key": None, "customer_key": "pseudonym", "order_amount": None, "ordered_at": None, "colour": None}
)
SCORES = model("marts/satisfaction/kpi_satisfaction.sql", {"period_start": None, "csat_rate": None, "marker": None})


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql_database("first") as url:
        yield url


@pytest.fixture
def address(server: str, request: pytest.FixtureRequest) -> str:
    """A database of the test's own."""
    return own_database(server, f"test_{abs(hash(request.node.name))}")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return shop_of_three_months(tmp_path)


def asked(address: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(address) as connection:
        return connection.execute(statement).fetchall()  # type: ignore[call-overload]


def orders_published(shop: Shop) -> list[tuple[Any, ...]]:
    with published(shop.folder) as marts:
        return marts.execute("select * from core.fct_orders order by order_key").fetchall()


# What is there ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(server: str, small_home: Path) -> tuple[str, Home]:
    """The replica of a refreshed home, by the command."""
    address = own_database(server, "real")
    said = CliRunner().invoke(build_app(), ["publish-postgres", "--to", address, "--home", str(small_home / "home")])
    assert said.exit_code == 0, said.output
    assert "all tables made anew" in said.output
    return address, Home(small_home / "home")


def test_every_table_has_the_rows_that_are_published(real: tuple[str, Home]) -> None:
    address, home = real
    with published(home.root) as marts, psycopg.connect(address) as replica:
        tables = marts.execute("select schema_name, table_name from duckdb_tables() where database_name = 'marts' order by all").fetchall()
        assert len(tables) > 50
        for schema, table in tables:
            (rows,) = marts.execute(f"select count(*) from {schema}.{table}").fetchone() or (None,)
            assert replica.execute(f"select count(*) from {schema}.{table}").fetchone() == (rows,)  # type: ignore[call-overload]
            if rows < 2000:
                ours = marts.execute(f"from {schema}.{table}").fetchall()
                theirs = replica.execute(f"select * from {schema}.{table}").fetchall()  # type: ignore[call-overload]
                assert sorted(map(repr, theirs)) == sorted(map(repr, ours)), f"{schema}.{table}"
        figures = "select count(value), sum(cast(round(cast(value as numeric(38, 6)), 4) as numeric(38, 4))) from scoreboard.kpi_scoreboard"
        assert replica.execute(figures).fetchone() == marts.execute(figures).fetchone()


def test_a_wide_view_has_a_column_for_each_kpi_of_the_family_with_the_scoreboards_figures(real: tuple[str, Home]) -> None:
    address, home = real
    with published(home.root) as marts:
        kpis = [
            row[0] for row in marts.execute("select kpi_id from scoreboard.kpi_coverage where family = 'efficiency' order by 1").fetchall()
        ]
        figures = marts.execute(
            "select period_start, max(value) filter (where kpi_id = 'ticket_count'),"
            " max(value) filter (where kpi_id = 'first_reply_minutes_median')"
            " from scoreboard.kpi_scoreboard where period_grain = 'day' and dimension = 'overall' and"
            " kpi_id in (select kpi_id from scoreboard.kpi_coverage where family = 'efficiency') group by all order by all"
        ).fetchall()
    frame = pd.read_sql(
        "select * from wide.efficiency where period_grain = 'day' and dimension = 'overall' order by period_start",
        sqlalchemy.create_engine(address.replace("postgresql://", "postgresql+psycopg://")),
    )
    assert list(frame.columns) == ["period_grain", "period_start", "dimension", "member", "is_running_period", *kpis]
    assert len(kpis) > 20
    wide = frame[["period_start", "ticket_count", "first_reply_minutes_median"]].astype(object).where(frame.notna(), None)
    assert [tuple(row) for row in wide.itertuples(index=False)] == figures


def test_keys_indexes_and_the_words_of_the_docs_are_seen_by_reflection(real: tuple[str, Home]) -> None:
    address, home = real
    inspector = sqlalchemy.inspect(sqlalchemy.create_engine(address.replace("postgresql://", "postgresql+psycopg://")))
    assert inspector.get_pk_constraint("fct_tickets", schema="core")["constrained_columns"] == ["ticket_key"]
    assert inspector.get_pk_constraint("kpi_scoreboard", schema="scoreboard")["constrained_columns"] == [
        *("kpi_id", "period_grain", "period_start", "dimension", "member")
    ]
    assert ["customer_key"] in [index["column_names"] for index in inspector.get_indexes("fct_tickets", schema="core")]
    with published(home.root) as marts:
        words = dict(marts.execute("select column_name, comment from duckdb_columns() where table_name = 'fct_tickets'").fetchall())
    columns = inspector.get_columns("fct_tickets", schema="core")
    assert {column["name"]: column["comment"] for column in columns} == words
    assert inspector.get_table_comment("fct_tickets", schema="core")["text"]
    assert {type(column["type"]).__name__ for column in columns} >= {"TEXT", "BIGINT", "BOOLEAN", "TIMESTAMP"}
    wide = {column["name"]: column["comment"] for column in inspector.get_columns("satisfaction", schema="wide")}
    assert str(wide["csat_rate"]).startswith("Customer satisfaction rate (客户满意率), ratio: ")


def test_psql_shows_it(real: tuple[str, Home]) -> None:
    address, home = real
    version = (home.published / "current").resolve().name
    shown = subprocess.run(
        ["psql", address, "--no-psqlrc", "--csv", "--command", "select version from aftersales.snapshot"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.stdout == f"version\n{version}\n", shown.stderr


def test_a_second_publish_of_the_same_snapshot_does_nothing(real: tuple[str, Home]) -> None:
    address, home = real
    assert replicate_home(home, address) == Replicated((home.published / "current").resolve().name, False, 0, 0)


def test_the_step_of_a_refresh_does_the_same_as_the_command(real: tuple[str, Home], monkeypatch: pytest.MonkeyPatch) -> None:
    address, home = real
    monkeypatch.setenv("AFTERSALES_REPLICA_URL", address)
    (asset,) = replica_assets()
    done = asset(refresh=SimpleNamespace(home=home))
    assert done.metadata == {"version": (home.published / "current").resolve().name, "full": False, "parts": 0, "rows": 0}


@pytest.mark.parametrize(
    ("duckdb_type", "type_there"),
    [
        ("VARCHAR", "text"),
        ("DECIMAL(18,2)", "numeric(18, 2)"),
        ("HUGEINT", "numeric(39)"),
        ("VARCHAR[]", "text"),
        ("TIMESTAMP", "timestamp"),
    ],
)
def test_each_type_has_one_that_holds_its_values(duckdb_type: str, type_there: str) -> None:
    assert postgres_type(duckdb_type) == type_there


def test_odd_texts_arrive_as_they_are(shop: Shop, address: str) -> None:
    texts = ["", "a,b", 'a"b', "a\nb", "\\.", "\\N", "NULL", "客户", "a\tb", " ", "x\0y"]
    shop.change("alter table core.fct_orders alter order_amount type varchar")
    for number, text in enumerate(texts):
        with duckdb.connect(str(shop.warehouse)) as connection:
            connection.execute("update core.fct_orders set order_amount = ? where order_key = ?", [text, f"contract:{number}"])
    published_again(shop, 2)
    brought(shop, address)
    rows = dict(asked(address, "select order_key, order_amount from core.fct_orders"))
    assert [rows[f"contract:{number}"] for number in range(len(texts))] == [*texts[:-1], "x␀y"]
    assert asked(address, "select count(*) from core.fct_orders where customer_key is null") == [(200,)]


# What changes ----------------------------------------------------------------------------------------------------------------


def test_only_touched_parts_are_replaced_and_everything_is_as_published(shop: Shop, address: str) -> None:
    assert brought(shop, address).is_full
    writers = "select to_char(ordered_at, 'YYYY-MM'), count(distinct xmin::text) from core.fct_orders group by 1 order by 1"
    first = dict(asked(address, "select to_char(ordered_at, 'YYYY-MM'), min(xmin::text) from core.fct_orders group by 1"))
    shop.change(
        "update core.fct_orders set order_amount = 7 where ordered_at = timestamp '2026-02-10 05:00:00'",
        "delete from core.fct_orders where ordered_at = timestamp '2026-02-11 05:00:00'",
    )
    published_again(shop, 2)
    done = brought(shop, address)
    # The check results are new in each refresh, and the rejected row of the shop.
    assert (done.is_full, done.parts) == (False, 3)
    assert asked(address, writers) == [("2026-01", 1), ("2026-02", 1), ("2026-03", 1)]
    after = dict(asked(address, "select to_char(ordered_at, 'YYYY-MM'), min(xmin::text) from core.fct_orders group by 1"))
    assert {month for month in first if first[month] != after[month]} == {"2026-02"}
    assert asked(address, 'select * from core.fct_orders order by order_key collate "C"') == orders_published(shop)
    assert len(orders_published(shop)) == 1999


def test_what_still_goes_on_is_replaced_when_the_moment_moves(shop: Shop, address: str) -> None:
    """Rows that bear the moment as_of are a part of their own: those of the former moment have to go."""
    shop.change("update core.fct_orders set ordered_at = timestamp '2026-01-31 16:00:00' where order_key in ('contract:1', 'contract:2')")
    published_again(shop, 2)
    brought(shop, address)
    shop.change(
        "update intermediate.int_as_of__resolved set as_of_at = timestamp '2026-02-01 16:00:00'",
        "update core.fct_orders set ordered_at = timestamp '2026-02-01 16:00:00' where order_key = 'contract:1'",
    )
    published_again(shop, 3)
    assert not brought(shop, address).is_full
    assert asked(address, 'select * from core.fct_orders order by order_key collate "C"') == orders_published(shop)


def test_another_column_makes_the_tables_anew_and_readers_may_read_them(shop: Shop, address: str) -> None:
    brought(shop, address)
    shop.change("alter table core.fct_orders add column colour text default 'blue'")
    shop.describe(WIDER_ORDERS, SCORES)
    published_again(shop, 2)
    assert brought(shop, address).is_full
    with psycopg.connect(address) as connection:
        connection.execute(f"set role {READER}")
        assert connection.execute("select distinct colour from core.fct_orders").fetchall() == [("blue",)]
    schemas = {name for (name,) in asked(address, "select nspname from pg_namespace where nspname not like 'pg\\_%'")}
    assert schemas == {"aftersales", "core", "quality", "satisfaction", "wide", "public", "information_schema"}


def test_the_reader_may_read_and_nothing_else(shop: Shop, address: str) -> None:
    brought(shop, address)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"set role {READER}")
        assert connection.execute("select count(*) from core.fct_orders").fetchone() == (2000,)
        assert connection.execute("select count(*) from aftersales.snapshot").fetchone() == (1,)
        for statement in (
            "insert into core.fct_orders default values",
            "update core.fct_orders set order_amount = 0",
            "delete from satisfaction.kpi_satisfaction",
            "truncate quality.check_results",
            "drop table core.fct_orders",
            "create table core.mine (a int)",
            "create table public.mine (a int)",
            "create schema mine",
            "update aftersales.snapshot set version = ''",
            "lock table core.fct_orders in access exclusive mode",
        ):
            with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement)


# What must not be lost -------------------------------------------------------------------------------------------------------


def test_a_schema_of_somebody_else_is_left_alone(shop: Shop, address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("create schema core create table precious (a int)")
    with pytest.raises(ReplicaError, match=r"has schemas of others named core. Give the replica a database of its own"):
        brought(shop, address)
    assert asked(address, "select count(*) from core.precious") == [(0,)]


def test_a_view_of_somebody_else_stays_through_a_publish_and_is_never_dropped(shop: Shop, address: str) -> None:
    brought(shop, address)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("create view public.mine as select sum(marker) as marker from satisfaction.kpi_satisfaction")
    shop.fill(marker=2, rows=2000)
    published_again(shop, 2)
    brought(shop, address)
    assert asked(address, "select marker from public.mine") == [(62,)]
    with pytest.raises(ReplicaError, match=r"view mine depends on table satisfaction.kpi_satisfaction.*Have them dropped, then run again"):
        brought(shop, address, full=True)
    assert asked(address, "select marker from public.mine") == [(62,)]


def test_who_is_in_the_middle_of_reading_is_waited_for(shop: Shop, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    brought(shop, address)
    shop.fill(marker=2, rows=2000)
    published_again(shop, 2)
    with psycopg.connect(address, application_name="a long report") as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert reader.execute("select distinct marker from satisfaction.kpi_satisfaction").fetchall() == [(1,)]
        with pytest.raises(ReplicaError, match=r"For 1 seconds others were reading .*\(a long report\)\. End them"):
            brought(shop, address, full=True, patience=1)
        # Replacing rows waits for nobody, and changes nothing in the middle of a report.
        assert not brought(shop, address).is_full
        assert reader.execute("select distinct order_amount from core.fct_orders").fetchall() == [(1,)]
    assert asked(address, "select distinct order_amount from core.fct_orders") == [(2,)]
    assert asked(address, "select count(*) from pg_namespace where nspname like 'aftersales\\_building\\_%'") == [(0,)]


def test_rows_that_somebody_wrote_are_noticed(shop: Shop, address: str) -> None:
    brought(shop, address)
    with psycopg.connect(address) as connection:
        connection.execute("delete from core.fct_orders where ordered_at < timestamp '2026-01-02'")
    shop.change("update core.fct_orders set order_amount = 7 where ordered_at = timestamp '2026-02-10 05:00:00'")
    published_again(shop, 2)
    with pytest.raises(ReplicaError, match=r"core.fct_orders would have 1,976 rows in PostgreSQL and has 2,000 .*publish-postgres --full"):
        brought(shop, address)
    assert brought(shop, address, full=True).rows > 2000


def test_one_publishes_at_a_time_and_what_a_killed_one_left_is_removed(shop: Shop, address: str) -> None:
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("create schema aftersales_building_core create table fct_orders (a int)")
        other.execute("select pg_advisory_lock(7238105)")
        with pytest.raises(ReplicaError, match="Another publish-postgres is writing into this database"):
            brought(shop, address)
    brought(shop, address)
    assert asked(address, "select count(*) from core.fct_orders") == [(2000,)]


def test_a_server_that_is_not_there_is_said_without_the_password(shop: Shop) -> None:
    with pytest.raises(ReplicaError, match=r"PostgreSQL does not let us in: .* Check AFTERSALES_REPLICA_URL") as told:
        brought(shop, "postgresql://somebody:password@127.0.0.1:1/marts")
    assert "password@" not in str(told.value)


# In a refresh ----------------------------------------------------------------------------------------------------------------


def test_the_asset_is_there_where_a_database_is_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AFTERSALES_REPLICA_URL", raising=False)
    assert replica_assets() == []
    monkeypatch.setenv("AFTERSALES_REPLICA_URL", "postgresql://")
    (asset,) = replica_assets()
    assert asset.asset_deps[dg.AssetKey("postgres_replica")] == {dg.AssetKey("published_snapshot")}


def test_what_an_earlier_refresh_could_not_copy_is_made_up_for_by_one_without_news(
    server: str, small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, address = Home(tmp_path / "home"), own_database(server, "made_up_for")
    shutil.copytree(small_home / "home", home.root, symlinks=True)
    (tmp_path / "empty").mkdir()
    version = (home.published / "current").resolve().name
    monkeypatch.setenv("AFTERSALES_REPLICA_URL", "postgresql://somebody@127.0.0.1:1/marts")
    failed = aftersales("refresh", "--home", home.root, "--landing", tmp_path / "empty")
    assert failed.returncode == 1, failed.stdout
    assert "What is made from it was not made" in failed.stdout
    assert "PostgreSQL does not let us in" in failed.stdout
    assert (home.published / "current").resolve().name == version
    monkeypatch.setenv("AFTERSALES_REPLICA_URL", address)
    mended = aftersales("refresh", "--home", home.root, "--landing", tmp_path / "empty")
    assert mended.returncode == 0, mended.stdout
    assert "As published before" in mended.stdout
    assert asked(address, "select version from aftersales.snapshot") == [(version,)]


def test_a_report_of_another_snapshot_is_behind_and_what_is_not_behind_is_left_alone(
    shop: Shop, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(shop.folder)
    monkeypatch.setenv("AFTERSALES_REPORT", "")
    monkeypatch.setenv("AFTERSALES_REPLICA_URL", address)
    assert is_behind(home, address)
    (said,) = make_up_for_copies(home)
    assert said.startswith("The replica was behind and has v000001-")
    assert make_up_for_copies(home) == []
    published_again(shop, 2)
    assert is_behind(home, address)
    reports = home.published / "reports"
    assert not is_report_of_current(home.published)
    reports.mkdir()
    for version in ("v000001-20260401T000000Z", (home.published / "current").resolve().name):
        (reports / f"{version}.html").touch()
        (home.published / "report.html").unlink(missing_ok=True)
        (home.published / "report.html").symlink_to(f"reports/{version}.html")
        assert is_report_of_current(home.published) == (version[:7] == "v000002")


def test_without_a_database_the_command_asks_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AFTERSALES_REPLICA_URL", raising=False)
    said = CliRunner().invoke(build_app(), ["publish-postgres"])
    assert said.exit_code == 2
    assert "Name it with --to, or in AFTERSALES_REPLICA_URL" in said.output
