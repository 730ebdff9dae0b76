"""When a snapshot takes nothing over: whatever but rows has changed, or the current one is not what it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.publishing import taking_over
from orchestration.publishing.announcing import refuse
from orchestration.publishing.customer_key import CustomerKey
from reading.snapshot import damage
from tests.unit.publishing.large_shop import EVERYTHING, large_shop, written
from tests.unit.publishing.shop import ORDERS, SCORES, Shop, model


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop whose orders are cut by month, published once."""
    return large_shop(tmp_path)


def a_key(shop: Shop, _: pytest.MonkeyPatch) -> None:
    shop.key = CustomerKey(b"another secret of more than sixteen bytes", "")


def a_column_more(shop: Shop, _: pytest.MonkeyPatch) -> None:
    columns: dict[str, str | None] = {"period_start": None, "csat_rate": None}
    shop.describe(ORDERS, model("marts/satisfaction/kpi_satisfaction.sql", columns))


def a_treatment(shop: Shop, _: pytest.MonkeyPatch) -> None:
    columns: dict[str, str | None] = {"order_key": "pseudonym", "customer_key": "pseudonym", "order_amount": None, "ordered_at": None}
    shop.describe(model("marts/core/fct_orders.sql", columns), SCORES)


def a_description(shop: Shop, _: pytest.MonkeyPatch) -> None:
    shop.describe(ORDERS, {**SCORES, "description": "Other words."})


def a_type(shop: Shop, _: pytest.MonkeyPatch) -> None:
    shop.change("alter table satisfaction.kpi_satisfaction alter marker type bigint")


def the_code(_: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_over, "publishing_code", lambda: "other code")


def the_engine(_: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb, "__version__", "9.9.9")


def a_byte_of_the_database(shop: Shop, _: pytest.MonkeyPatch) -> None:
    database = shop.published / "current" / "marts.duckdb"
    content = bytearray(database.read_bytes())
    content[-1] ^= 1
    database.write_bytes(content)


def a_byte_of_a_parquet_file(shop: Shop, _: pytest.MonkeyPatch) -> None:
    parquet = shop.published / "current" / "parquet/core/fct_orders/2026-03.parquet"
    content = bytearray(parquet.read_bytes())
    content[100] ^= 1
    parquet.write_bytes(content)


def a_lost_parquet_file(shop: Shop, _: pytest.MonkeyPatch) -> None:
    (shop.published / "current" / "parquet/core/fct_orders/2026-03.parquet").unlink()


def a_lost_snapshot(shop: Shop, _: pytest.MonkeyPatch) -> None:
    shutil.rmtree((shop.published / "current").resolve())


def an_older_format(shop: Shop, _: pytest.MonkeyPatch) -> None:
    manifest = shop.published / "current" / "manifest.json"
    said = json.loads(manifest.read_text())
    for table in said["tables"]:
        table |= {"parquet_file": "parquet/core/fct_orders.parquet", "parquet_bytes": 1, "parquet_sha256": ""}
        del table["parts"], table["parts_by"]
    manifest.write_text(json.dumps({**said, "format": 1}))


def another_run(shop: Shop, _: pytest.MonkeyPatch) -> None:
    shop.change("update quality.snapshot_parts set run_id = 'run-0'")


def another_warehouse(shop: Shop, _: pytest.MonkeyPatch) -> None:
    shop.change("drop table quality.snapshot_parts")


def a_refusal(shop: Shop, _: pytest.MonkeyPatch) -> None:
    shop.build()
    refuse(shop.published, "run-1")


def dead_space(_: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_over, "_dead_space", lambda *_: 0.51)


@pytest.mark.parametrize(
    "change",
    [
        *(a_key, a_column_more, a_treatment, a_description, a_type, the_code, the_engine, a_byte_of_the_database, a_byte_of_a_parquet_file),
        *(a_lost_parquet_file, a_lost_snapshot, an_older_format, another_run, another_warehouse, a_refusal, dead_space),
    ],
)
def test_a_snapshot_is_made_whole_when_anything_but_rows_changed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, change: Callable[[Shop, pytest.MonkeyPatch], None]
) -> None:
    change(shop, monkeypatch)
    published = shop.publish()
    assert written(published) == EVERYTHING
    assert damage(published.path) == []
    # From then on things are as usual.
    if change is not dead_space:
        assert written(shop.publish()) == set()


def test_a_snapshot_is_made_whole_when_that_is_asked_for(shop: Shop) -> None:
    assert written(shop.publish(anew=True)) == EVERYTHING


def test_a_file_of_which_half_is_dead_space_is_not_taken_over(shop: Shop) -> None:
    with duckdb.connect() as connection:
        database = shop.folder / "file.duckdb"
        connection.execute(f"attach '{database}' as made")
        connection.execute("create table made.large as select hash(range) as number from range(2_000_000)")
        connection.execute("create table made.small as select 1 as number")
        connection.execute("detach made")
        assert taking_over._dead_space(connection, database) < 0.1  # pyright: ignore[reportPrivateUsage]
        connection.execute(f"attach '{database}' as made")
        # Behind what is dropped, so that the file cannot simply be cut.
        connection.execute("create table made.behind as select hash(range) as number from range(200_000)")
        connection.execute("checkpoint made")
        connection.execute("drop table made.large")
        connection.execute("detach made")
        assert taking_over._dead_space(connection, database) > 0.5  # pyright: ignore[reportPrivateUsage]
