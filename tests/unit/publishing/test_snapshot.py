"""A snapshot is whole, the same for the same marts, free of personal data, and not there when a check failed."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.publishing import versions
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


def test_the_same_marts_give_the_same_parquet_bytes(shop: Any) -> None:
    first = shop.publish()
    shop.fill()
    second = shop.publish()
    assert first.path != second.path
    assert parquet_bytes(first.path) == parquet_bytes(second.path)


def test_rows_built_in_another_order_give_the_same_parquet_bytes(shop: Any) -> None:
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
