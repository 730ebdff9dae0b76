"""Readers always find one whole snapshot, whatever is published meanwhile, and can do nothing but read it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reading import snapshot as reading_snapshot
from reading.errors import DamagedSnapshot, NoSnapshot
from reading.snapshot import damage, opened_snapshot
from reading.versions import current_snapshot


def test_nothing_published_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(NoSnapshot, match="Run: aftersales refresh"), opened_snapshot(tmp_path / "published"):
        pass


def test_tables_are_found_by_schema_and_name(shop: Any) -> None:
    shop.publish()
    with opened_snapshot(shop.published) as snapshot:
        assert snapshot.connection.execute("select count(*) from core.fct_orders").fetchone() == (100,)
        assert snapshot.manifest.run_id == "run-1"


def test_an_open_reader_keeps_its_snapshot_while_new_ones_are_published(shop: Any) -> None:
    shop.publish()
    with opened_snapshot(shop.published) as old:
        shop.fill(marker=2)
        shop.publish(keep=1)
        assert old.connection.execute("select distinct marker from satisfaction.kpi_satisfaction").fetchall() == [(1,)]
        with opened_snapshot(shop.published) as new:
            assert new.connection.execute("select distinct marker from satisfaction.kpi_satisfaction").fetchall() == [(2,)]


def test_a_version_pruned_before_it_is_opened_gives_way_to_the_newer_one(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shop.publish()
    shop.fill(marker=2)
    resolved = current_snapshot(shop.published)
    second = shop.publish(keep=1)
    assert not first.path.exists()
    answers = iter([resolved, second.path])
    monkeypatch.setattr(reading_snapshot, "current_snapshot", lambda _: next(answers))
    with opened_snapshot(shop.published) as snapshot:
        assert snapshot.path == second.path


@pytest.mark.parametrize(
    ("name", "message"),
    [("marts.duckdb", "manifest says"), ("manifest.json", "cannot be understood")],
)
def test_a_damaged_snapshot_is_refused_with_what_to_do(shop: Any, name: str, message: str) -> None:
    path = shop.publish().path
    content = (path / name).read_bytes()
    (path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(DamagedSnapshot, match=f"{message}.*Run aftersales refresh again"), opened_snapshot(shop.published):
        pass


def test_a_deleted_snapshot_is_refused_with_what_to_do(shop: Any) -> None:
    shutil.rmtree(shop.publish().path)
    with pytest.raises(DamagedSnapshot, match="Run aftersales refresh again"), opened_snapshot(shop.published):
        pass


def test_a_database_of_the_right_size_that_is_none_is_refused(shop: Any) -> None:
    database = shop.publish().path / "marts.duckdb"
    database.write_bytes(b"x" * database.stat().st_size)
    with pytest.raises(DamagedSnapshot, match="cannot be opened"), opened_snapshot(shop.published):
        pass


def test_a_database_that_lacks_a_table_of_its_manifest_is_refused(shop: Any) -> None:
    path = shop.publish().path
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"name": "fct_orders"', '"name": "fct_other"'))
    with pytest.raises(DamagedSnapshot, match=r"do not agree on core\.fct_orders, core\.fct_other"), opened_snapshot(shop.published):
        pass


def test_a_manifest_of_another_version_is_refused(shop: Any) -> None:
    path = shop.publish().path
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text().replace(path.name, "v000009-20260131T173000Z"))
    with pytest.raises(DamagedSnapshot, match="belongs to snapshot v000009"), opened_snapshot(shop.published):
        pass


def test_every_changed_byte_is_found_when_asked_for(shop: Any) -> None:
    path = shop.publish().path
    parquet = path / "parquet" / "core" / "fct_orders" / "all.parquet"
    changed = bytearray(parquet.read_bytes())
    changed[100] ^= 1
    parquet.write_bytes(bytes(changed))
    (path / "parquet" / "satisfaction" / "kpi_satisfaction" / "all.parquet").unlink()
    assert damage(path) == [
        "parquet/core/fct_orders/all.parquet is not the file that was written.",
        "parquet/satisfaction/kpi_satisfaction/all.parquet is missing.",
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "create table core.mine as select 1",
        "delete from core.fct_orders",
        "drop table core.fct_orders",
        "attach '{other}' as other",
        "select * from read_csv('{file}')",
        "select * from '{parquet}'",
        "copy core.fct_orders to '{folder}/out.csv'",
        "copy core.fct_orders to '.tmp/out.csv'",
        "export database '{folder}/out'",
        "install httpfs",
        "set enable_external_access = true",
        "set temp_directory = '{folder}'",
        "reset enable_external_access",
    ],
)
def test_a_reader_can_neither_write_nor_reach_other_files(shop: Any, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    path = shop.publish().path
    # DuckDB spills to .tmp in the working folder unless told otherwise, and lets every connection write there.
    monkeypatch.chdir(shop.folder)
    (shop.folder / ".tmp").mkdir()
    (shop.folder / "secret.csv").write_text("a\n1\n")
    filled = statement.format(
        other=shop.warehouse, file=shop.folder / "secret.csv", folder=shop.folder, parquet=path / "parquet/core/fct_orders/all.parquet"
    )
    before = sorted(str(file) for file in shop.folder.rglob("*"))
    with opened_snapshot(shop.published) as snapshot, pytest.raises(duckdb.Error):
        snapshot.connection.execute(filled)
    assert sorted(str(file) for file in shop.folder.rglob("*")) == before
