"""A snapshot is whole, the same for the same marts, free of personal data, and in place in one step or not at all."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

from orchestration.home import Home
from orchestration.publishing import announcing, building, copying, versions
from orchestration.publishing.announcing import announce
from orchestration.publishing.building import build
from orchestration.publishing.errors import GateNotPassed, SelectionError
from reading.manifest import read_manifest
from reading.snapshot import damage
from tests.unit.publishing.shop import opened, parquet_bytes


def test_the_first_snapshot_becomes_the_current_one(shop: Any) -> None:
    published = shop.publish()
    assert (shop.published / "current").readlink() == Path(published.path.name)
    assert published.path.name == "v000001-20260131T173000Z"
    assert sorted(path.name for path in published.path.iterdir()) == ["manifest.json", "marts.duckdb", "parquet"]
    assert damage(published.path) == []


def test_it_holds_tables_only_one_schema_per_folder_of_marts(shop: Any) -> None:
    published = shop.publish()
    with opened(published.path) as connection:
        tables = connection.execute("select table_schema, table_name, table_type from information_schema.tables order by all").fetchall()
    assert tables == [
        ("core", "fct_orders", "BASE TABLE"),
        ("quality", "check_results", "BASE TABLE"),
        ("quality", "rejected_rows", "BASE TABLE"),
        ("satisfaction", "kpi_satisfaction", "BASE TABLE"),
    ]


def test_customers_are_published_as_keyed_hashes_that_join_as_the_keys_did(shop: Any) -> None:
    published = shop.publish()
    with opened(published.path) as connection:
        counted = dict(connection.execute("select customer_key, count(*) from core.fct_orders group by customer_key").fetchall())
    with duckdb.connect(str(shop.warehouse), read_only=True) as connection:
        clear = dict(connection.execute("select customer_key, count(*) from core.fct_orders group by customer_key").fetchall())
    expected = {
        None if key is None else hmac.new(shop.key.secret, key.encode(), hashlib.sha256).hexdigest(): count for key, count in clear.items()
    }
    assert counted == expected
    assert counted[None] == 10


def test_personal_and_undeclared_columns_are_nowhere_in_the_snapshot(shop: Any) -> None:
    published = shop.publish()
    with opened(published.path) as connection:
        columns = {name for (name,) in connection.execute("select column_name from information_schema.columns").fetchall()}
        texts = [
            str(row)
            for table in ("core.fct_orders", "quality.check_results", "quality.rejected_rows")
            for row in connection.execute(f"from {table}").fetchall()
        ]
    assert not columns & {"internal_note", "undeclared", "details", "detail", "raw_text"}
    assert not [text for text in texts if "Mei" in text or "customer-" in text]
    parquet_columns = {
        name
        for file in published.path.rglob("*.parquet")
        for (name,) in duckdb.execute("select name from parquet_schema(?)", [str(file)]).fetchall()
    }
    assert not parquet_columns & {"internal_note", "undeclared", "details", "detail", "raw_text"}


def test_the_order_of_rows_does_not_follow_the_order_of_customers(shop: Any, describe_model: Callable[..., Any]) -> None:
    shop.describe(describe_model("marts/core/fct_orders.sql", {"customer_key": "pseudonym", "order_key": None}))
    published = shop.publish()
    with opened(published.path) as connection:
        hashes = [key for (key,) in connection.execute("select customer_key from core.fct_orders").fetchall()]
    assert hashes == sorted(hashes, key=lambda key: (key is not None, key or ""))


def test_the_same_marts_give_the_sameparquet_bytes(shop: Any) -> None:
    first = shop.publish()
    shop.fill()
    second = shop.publish()
    assert first.path != second.path
    assert parquet_bytes(first.path) == parquet_bytes(second.path)


def test_rows_built_in_another_order_give_the_sameparquet_bytes(shop: Any) -> None:
    first = shop.publish()
    with duckdb.connect(str(shop.warehouse)) as connection:
        connection.execute("create or replace table core.fct_orders as select * from core.fct_orders order by hash(order_key)")
    second = shop.publish()
    assert parquet_bytes(first.path) == parquet_bytes(second.path)


def test_large_marts_give_the_same_parquet_bytes_too(shop: Any) -> None:
    shop.fill(rows=400_000)
    first, second = shop.publish(), shop.publish()
    assert parquet_bytes(first.path) == parquet_bytes(second.path)


def test_the_storage_is_readable_by_old_clients(shop: Any) -> None:
    published = shop.publish()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published.path / 'marts.duckdb'}' as marts (read_only)")
        (tags,) = connection.execute("select tags from duckdb_databases() where database_name = 'marts'").fetchone() or ({},)
    assert tags == {"storage_version": "v1.0.0+"}
    # Bytes 12 to 20 of a DuckDB file say the version of its format; 64 is what DuckDB 0.9 to 1.1 write.
    header = (published.path / "marts.duckdb").read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") == 64


def test_descriptions_are_kept_where_sql_clients_show_them(shop: Any) -> None:
    published = shop.publish()
    with opened(published.path) as connection:
        comment = connection.execute("select comment from duckdb_tables() where table_name = 'fct_orders'").fetchone()
        column = connection.execute("select comment from duckdb_columns() where column_name = 'order_amount'").fetchone()
    assert comment == ("One row per row of fct_orders.",)
    assert column == ("What order_amount means.",)


def test_readers_may_read_and_nobody_may_write(shop: Any) -> None:
    umask = os.umask(0o077)
    try:
        published = shop.publish()
    finally:
        os.umask(umask)
    inside = list(published.path.rglob("*"))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in inside if path.is_file()}
    folder_modes = {stat.S_IMODE(path.stat().st_mode) for path in [shop.published, published.path, *inside] if path.is_dir()}
    assert modes == {0o644}
    assert folder_modes == {0o755}


def test_the_manifest_says_what_the_snapshot_holds(shop: Any) -> None:
    shop.check("run-1", severity="warning", status="failed", message="3 rows are late.")
    manifest = read_manifest(shop.publish().path)
    orders = manifest.tables[0]
    assert (manifest.run_id, manifest.version) == ("run-1", "v000001-20260131T173000Z")
    assert manifest.as_of == datetime(2026, 1, 31, 16, tzinfo=UTC)
    assert (manifest.checks.passed, manifest.checks.warnings) == (3, 1)
    assert (orders.schema_name, orders.name, orders.rows) == ("core", "fct_orders", 100)
    assert [(column.name, column.type) for column in orders.columns] == [
        ("order_key", "VARCHAR"),
        ("customer_key", "VARCHAR"),
        ("order_amount", "DECIMAL(18,2)"),
        ("ordered_at", "TIMESTAMP"),
    ]
    assert shop.key.secret.decode() not in manifest.model_dump_json()


def test_the_words_of_a_broken_check_stay_in_the_warehouse(shop: Any) -> None:
    shop.check("run-0", severity="warning", status="error", message="Could not convert 'Mei Lin'")
    shop.check("run-0", severity="warning", status="failed", message="3 rows are late.")
    published = shop.publish()
    with opened(published.path) as connection:
        messages = dict(connection.execute("select status, message from quality.check_results where run_id = 'run-0'").fetchall())
    assert messages == {"error": None, "failed": "3 rows are late."}


def test_a_critical_check_that_failed_keeps_the_old_snapshot(shop: Any) -> None:
    first = shop.publish()
    shop.pass_checks("run-2")
    shop.check("run-2", status="failed")
    with pytest.raises(GateNotPassed, match="1 critical checks of run run-2 did not pass"):
        shop.publish("run-2")
    assert (shop.published / "current").resolve() == first.path
    assert versions.versions(shop.published) == [first.path.name]


def test_a_critical_check_that_could_not_run_keeps_the_old_snapshot(shop: Any) -> None:
    shop.pass_checks("run-2")
    shop.check("run-2", status="error")
    with pytest.raises(GateNotPassed, match="1 critical checks of run run-2 did not pass"):
        shop.publish("run-2")


def test_a_run_without_checks_is_not_published(shop: Any) -> None:
    with pytest.raises(GateNotPassed, match="Run run-2 recorded no inbound and no dbt and no outbound checks"):
        shop.publish("run-2")


@pytest.mark.parametrize("silent", ["inbound", "dbt", "outbound"])
def test_a_run_that_skipped_a_stage_of_checks_is_not_published(shop: Any, silent: str) -> None:
    for stage in {"inbound", "dbt", "outbound"} - {silent}:
        shop.check("run-2", stage=stage)
    with pytest.raises(GateNotPassed, match=f"recorded no {silent} checks"):
        shop.publish("run-2")


def test_a_mart_that_was_not_built_keeps_the_old_snapshot(shop: Any, describe_model: Callable[..., Any]) -> None:
    first = shop.publish()
    shop.describe(describe_model("marts/core/fct_missing.sql", {"key": None}))
    with pytest.raises(SelectionError, match=r"core\.fct_missing: the table declared in the dbt project but not in the warehouse"):
        shop.publish()
    shop.describe(describe_model("marts/core/fct_orders.sql", {"order_key": None, "new_column": None}))
    with pytest.raises(SelectionError, match=r"core\.fct_orders: columns new_column declared"):
        shop.publish()
    assert (shop.published / "current").resolve() == first.path


# Each step of building and announcing, in order, with the module that takes it.
STEPS = [
    (building, "copy_table"),
    (copying, "_describe"),
    (building, "detach_snapshot"),
    (announcing, "_passed_checks"),
    (announcing, "copy_table"),
    (announcing, "_insist_on_rows"),
    (announcing, "detach_snapshot"),
    (announcing, "_open_to_readers"),
    (versions, "announce"),
]


@pytest.mark.parametrize(("module", "step"), STEPS)
def test_an_error_in_the_middle_leaves_the_old_snapshot_and_no_litter(
    shop: Any, monkeypatch: pytest.MonkeyPatch, module: ModuleType, step: str
) -> None:
    first = shop.publish()

    def breaks(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, step, breaks)
    with pytest.raises(OSError, match="No space left"):
        shop.publish()
    assert (shop.published / "current").resolve() == first.path
    assert sorted(path.name for path in shop.published.iterdir()) == [".lock", "current", first.path.name]


@pytest.mark.parametrize(("module", "step"), STEPS)
def test_a_process_killed_in_the_middle_leaves_the_old_and_the_next_cleans_up(
    shop: Any, monkeypatch: pytest.MonkeyPatch, module: ModuleType, step: str
) -> None:
    first = shop.publish()
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(module, step, lambda *_, **__: os._exit(9))
        shop.publish()
        os._exit(0)
    _, ended = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(ended) == 9
    assert (shop.published / "current").resolve() == first.path
    assert [path.name for path in shop.published.glob(".building-*")] == [".building-v000002-20260131T173000Z"]
    assert any("interrupted publish" in message for message in shop.build().messages)
    second = shop.announce()
    assert not list(shop.published.glob(".building-*"))
    assert (shop.published / "current").resolve() == second.path
    assert damage(second.path) == []


@pytest.mark.parametrize("step", ["point_current_to", "prune"])
def test_a_process_killed_around_the_swap_leaves_a_whole_snapshot_current(shop: Any, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    shop.publish()
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(versions, step, lambda *_, **__: os._exit(9))
        shop.publish()
        os._exit(0)
    os.waitpid(child, 0)
    assert damage((shop.published / "current").resolve()) == []
    third = shop.publish()
    assert (shop.published / "current").resolve() == third.path
    assert third.path.name.startswith("v000003-")


def test_old_versions_are_pruned_and_never_the_current_one(shop: Any) -> None:
    paths = [shop.publish(keep=3).path for _ in range(5)]
    assert versions.versions(shop.published) == [path.name for path in paths[2:]]
    versions.point_current_to(shop.published, paths[2].name)
    assert versions.prune(shop.published, 1) == [paths[3].name]
    assert versions.versions(shop.published) == [paths[2].name, paths[4].name]
    assert damage(paths[2]) == []


def test_a_clock_set_back_does_not_change_the_order_of_versions(shop: Any) -> None:
    shop.publish(created_at=datetime(2026, 2, 1, tzinfo=UTC))
    later = shop.publish(created_at=datetime(2025, 2, 1, tzinfo=UTC))
    assert versions.versions(shop.published)[-1] == later.path.name
    assert later.path.name == "v000002-20250201T000000Z"


def test_a_home_publishes_with_its_own_key(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AFTERSALES_CUSTOMER_KEY", raising=False)
    home = Home(shop.folder)
    home.dbt_target.mkdir()
    shop.dbt_manifest.rename(home.dbt_target / "manifest.json")
    built = build(home, run_id="run-1")
    assert home.customer_key_file.exists()
    assert any("Made a new key" in message for message in built.messages)
    assert announce(home, run_id="run-1").path.parent == home.published
