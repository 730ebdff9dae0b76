"""The patches of Dagster's event log in SQLite files: it keeps its connections open, and holds the same events as without them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from sqlalchemy import event
from sqlalchemy.engine import Engine

from orchestration.runs import dagster_on_sqlite

ASSETS = 40


@dg.multi_asset(specs=[dg.AssetSpec(f"asset_{number}") for number in range(ASSETS)])
def assets() -> Iterator[dg.MaterializeResult]:
    for number in range(ASSETS):
        yield dg.MaterializeResult(asset_key=f"asset_{number}", metadata={"number": number})


@pytest.fixture
def unpatched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SqliteEventLogStorage, "_connect", dagster_on_sqlite._connect_anew)
    monkeypatch.setattr(SqliteEventLogStorage, "has_table", dagster_on_sqlite._ask_for_table)


@contextmanager
def counted_connections() -> Iterator[list[str]]:
    opened: list[str] = []

    def note(connection: object, record: object) -> None:
        opened.append("connection")

    event.listen(Engine, "connect", note)
    try:
        yield opened
    finally:
        event.remove(Engine, "connect", note)


def run(home: Path) -> tuple[int, str]:
    """Connections opened for one run, and its id."""
    with dg.DagsterInstance.local_temp(str(home)) as instance, counted_connections() as opened:
        result = dg.materialize([assets], instance=instance)
        assert result.success
        return len(opened), result.run_id


def kinds_of_events(home: Path, run_id: str) -> list[str]:
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        return [entry.dagster_event_type.value for entry in instance.all_logs(run_id) if entry.dagster_event_type]


@pytest.mark.usefixtures("unpatched")
def test_without_the_patch_each_event_opens_connections_of_its_own(tmp_path: Path) -> None:
    opened, _ = run(tmp_path)
    assert opened > 4 * ASSETS, "Dagster keeps its connections by now: the patch can go"


@pytest.mark.usefixtures("unpatched")
def test_without_the_second_each_event_opens_one_to_ask_for_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dagster_on_sqlite.keep_connections_open()
    monkeypatch.setattr(SqliteEventLogStorage, "has_table", dagster_on_sqlite._ask_for_table)
    opened, _ = run(tmp_path)
    assert opened > ASSETS, "Dagster remembers its tables by now: the patch can go"


@pytest.mark.usefixtures("unpatched")
def test_a_table_that_comes_is_found(tmp_path: Path) -> None:
    dagster_on_sqlite.keep_connections_open()
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        storage = instance.event_log_storage
        assert isinstance(storage, SqliteEventLogStorage)
        assert not storage.has_table("later")
        with storage._connect("index") as connection:
            assert connection.exec_driver_sql("pragma synchronous").scalar() == 1
            connection.exec_driver_sql("create table later (it integer)")
        assert storage.has_table("later")


@pytest.mark.usefixtures("unpatched")
def test_with_the_patch_a_run_opens_few_and_its_events_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without, with_patch = tmp_path / "without", tmp_path / "with"
    without.mkdir()
    with_patch.mkdir()
    opened_without, run_without = run(without)
    expected = kinds_of_events(without, run_without)

    dagster_on_sqlite.keep_connections_open()
    dagster_on_sqlite.keep_connections_open()
    opened_with, run_with = run(with_patch)
    assert opened_with < min(ASSETS, opened_without / 2)
    assert kinds_of_events(with_patch, run_with) == expected
    # Another process, which may not have the patch, reads them too.
    monkeypatch.setattr(SqliteEventLogStorage, "_connect", dagster_on_sqlite._connect_anew)
    assert kinds_of_events(with_patch, run_with) == expected


@pytest.mark.usefixtures("unpatched")
def test_of_many_runs_the_latest_few_files_are_kept_open(tmp_path: Path) -> None:
    dagster_on_sqlite.keep_connections_open()
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for _ in range(6):
            assert dg.materialize([assets], instance=instance).success
        kept = dagster_on_sqlite._kept[instance.event_log_storage]
        assert len(kept) == dagster_on_sqlite._KEPT_FILES
        assert "index" in kept
        assert len(instance.fetch_materializations(dg.AssetKey("asset_0"), limit=10).records) == 6
