"""Between building a snapshot and announcing it: what is audited is what is announced, and nothing else is."""

from __future__ import annotations

import stat
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.publishing import announcing, building, versions
from orchestration.publishing.announcing import refuse
from orchestration.publishing.errors import PublishingError, SpoiltSnapshot
from reading import manifest
from reading.manifest import file_sha256
from reading.snapshot import damage
from tests.unit.publishing.shop import opened, parquet_bytes


def _change(path: Path, statement: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)


def test_what_is_built_is_no_version_yet_and_nobody_elses_to_read(shop: Any) -> None:
    built = shop.build()
    assert built.folder.name == ".building-v000001-20260131T173000Z"
    assert stat.S_IMODE(built.folder.stat().st_mode) == 0o700
    assert versions.versions(shop.published) == []
    assert not (shop.published / "current").exists()


def test_what_is_announced_is_byte_for_byte_what_was_built_but_for_what_the_checks_said(shop: Any) -> None:
    built = parquet_bytes(shop.build().folder)
    announced = parquet_bytes(shop.announce().path)
    assert set(announced) - set(built) == {"parquet/quality/check_results/all.parquet"}
    assert {name: announced[name] for name in built} == built


def test_the_checks_of_the_audit_are_published_with_what_was_audited(shop: Any) -> None:
    shop.build()
    shop.check("run-1", severity="warning", status="failed", message="3 rows are late.")
    with opened(shop.announce().path) as connection:
        said = connection.execute("select message from quality.check_results where status = 'failed'").fetchall()
    assert said == [("3 rows are late.",)]


SPOILT = {
    "a value of a mart": lambda folder: _change(folder / "marts.duckdb", "update core.fct_orders set order_amount = 2"),
    "a row of a mart": lambda folder: _change(folder / "marts.duckdb", "delete from core.fct_orders where order_key = 'contract:1'"),
    "a table more": lambda folder: _change(folder / "marts.duckdb", "create table core.more as select 1 as number"),
    "a parquet file": lambda folder: (folder / "parquet/core/fct_orders/all.parquet").write_bytes(b"PAR1"),
    "a parquet file that is gone": lambda folder: (folder / "parquet/core/fct_orders/all.parquet").unlink(),
}


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Building ends so long after all files were written."""
    now = time.time_ns()
    monkeypatch.setattr(manifest.time, "time_ns", lambda: now + int(seconds * 1e9))


@pytest.mark.parametrize("seconds_at_rest", [0, 5])
@pytest.mark.parametrize("what", SPOILT)
def test_a_snapshot_spoilt_after_it_was_built_is_not_announced_and_kept_to_look_at(
    shop: Any, monkeypatch: pytest.MonkeyPatch, what: str, seconds_at_rest: int
) -> None:
    first = shop.publish()
    later(monkeypatch, seconds_at_rest)
    built = shop.build()
    SPOILT[what](built.folder)
    with pytest.raises(SpoiltSnapshot, match="What was checked is not what would be published"):
        shop.announce()
    assert (shop.published / "current").resolve() == first.path
    refused = shop.published / ".refused-v000002-20260131T173000Z"
    assert (refused / "marts.duckdb").exists()
    assert stat.S_IMODE(refused.stat().st_mode) == 0o700
    assert versions.versions(shop.published) == [first.path.name]
    second = shop.publish()
    assert (shop.published / "current").resolve() == second.path
    assert sorted(path.name for path in shop.published.iterdir()) == [".lock", "current", first.path.name, second.path.name]


@pytest.mark.parametrize(("seconds_at_rest", "is_read"), [(0, True), (5, False)])
def test_a_file_that_nobody_touched_since_it_was_known_to_be_right_is_not_read_again(
    shop: Any, monkeypatch: pytest.MonkeyPatch, seconds_at_rest: int, is_read: bool
) -> None:
    later(monkeypatch, seconds_at_rest)
    built = shop.build()
    files = {entry.file for entry in built.draft.files}
    read: set[Path] = set()

    def watched(file: Path) -> str:
        read.add(file)
        return file_sha256(file)

    with monkeypatch.context() as patched:
        patched.setattr(manifest, "file_sha256", watched)
        published = shop.announce()
    again = {str(file.relative_to(built.folder)) for file in read}
    # The DuckDB file is read for the manifest, with what the checks said in it.
    assert again == (files if is_read else {"marts.duckdb"})
    assert damage(published.path) == []


@pytest.mark.parametrize("is_touched", [False, True])
def test_a_large_database_is_known_by_its_stamp_alone_until_it_is_announced(
    shop: Any, monkeypatch: pytest.MonkeyPatch, is_touched: bool
) -> None:
    monkeypatch.setattr(building, "_READ_BELOW_BYTES", 0)
    built = shop.build()
    database = built.folder / "marts.duckdb"
    assert built.draft.database.sha256 == ""
    assert built.draft.at_rest["marts.duckdb"] == manifest.stamp(database)
    if is_touched:
        _change(database, "update core.fct_orders set order_amount = 2")
        with pytest.raises(SpoiltSnapshot, match=r"marts\.duckdb is not the file that was written"):
            shop.announce()
    else:
        published = shop.announce()
        assert published.manifest.database.sha256 == file_sha256(published.path / "marts.duckdb")
        assert damage(published.path) == []


def test_a_large_database_is_read_where_the_disks_clock_is_ahead_of_ours(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_READ_BELOW_BYTES", 0)
    later(monkeypatch, -3600)
    built = shop.build()
    assert built.draft.database.sha256 == file_sha256(built.folder / "marts.duckdb")
    assert built.draft.at_rest == {}
    shop.announce()


@pytest.mark.parametrize("is_touched", [False, True])
def test_the_next_snapshot_reads_the_last_ones_files_again_where_somebody_touched_them(
    shop: Any, monkeypatch: pytest.MonkeyPatch, is_touched: bool
) -> None:
    later(monkeypatch, 5)
    folder = shop.publish().path
    database, parquet = folder / "marts.duckdb", folder / "parquet/core/fct_orders/all.parquet"
    assert stat.S_IMODE(database.stat().st_mode) == 0o644
    # A link more is nothing that anybody wrote.
    (folder.parent / "another name").hardlink_to(parquet)
    if is_touched:
        database.chmod(0o600)
        parquet.touch()
    read: set[Path] = set()

    def watched(file: Path) -> str:
        read.add(file)
        return file_sha256(file)

    monkeypatch.setattr(manifest, "file_sha256", watched)
    assert "What has not changed since was taken over from v000001-20260131T173000Z." in shop.build().messages
    assert (database in read, parquet in read) == (is_touched, is_touched)


def test_a_snapshot_that_was_refused_stays_until_the_next_is_built_and_is_never_announced(shop: Any) -> None:
    first = shop.publish()
    shop.build()
    refused = refuse(shop.published, "run-1")
    assert refused == shop.published / ".refused-v000002-20260131T173000Z"
    with pytest.raises(PublishingError, match=r"Run run-1 has built no snapshot .* Run the refresh again\."):
        shop.announce()
    assert (shop.published / "current").resolve() == first.path
    assert refused.exists()
    messages = shop.build().messages
    assert not refused.exists()
    assert not any("interrupted" in message for message in messages)


def test_a_snapshot_that_another_run_built_is_not_announced(shop: Any) -> None:
    shop.build("run-1")
    shop.pass_checks("run-2")
    with pytest.raises(PublishingError, match="Run run-2 has built no snapshot"):
        shop.announce("run-2")


def test_a_run_that_ended_between_building_and_announcing_is_made_up_for_by_the_next(shop: Any) -> None:
    shop.build("run-1")
    shop.pass_checks("run-2")
    published = shop.publish("run-2")
    assert published.path.name == "v000001-20260131T173000Z"
    assert damage(published.path) == []


def test_a_row_lost_on_the_way_is_noticed_after_the_last_writing(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    built = shop.build()
    draft = built.draft.model_copy(
        update={"tables": tuple(table.model_copy(update={"rows": table.rows + 1}) for table in built.draft.tables)}
    )
    monkeypatch.setattr(announcing, "read_draft", lambda _: draft)
    with pytest.raises(SpoiltSnapshot, match=r"core\.fct_orders has 100 rows in the snapshot and 101 in the warehouse"):
        shop.announce()
