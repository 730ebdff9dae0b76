"""A snapshot that is spoilt between the building and the gate, or after it, is not announced: readers keep the last one."""

import multiprocessing
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.assets import snapshot as snapshot_module
from orchestration.definitions import build_definitions
from orchestration.home import Home
from orchestration.publishing.building import BuiltSnapshot, build
from orchestration.runs.check_records import record_check_results
from reading.check_results import CheckResult
from reading.snapshot import damage, opened_snapshot
from tests.support.warm import warm_python

Spoil = Callable[[Path], None]


def no_spoiling(database: Path) -> None:
    pass


def spoiling(statement: str) -> Spoil:
    """What runs ``statement`` on the snapshot's DuckDB file."""

    def spoil(database: Path) -> None:
        with duckdb.connect(str(database)) as connection:
            connection.execute(statement)

    return spoil


@pytest.fixture
def home(small_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with a published snapshot, whose marts are published anew."""
    shutil.copytree(small_home / "home", tmp_path / "home", symlinks=True)
    monkeypatch.setenv("AFTERSALES_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home" / "dagster"))
    # What Dagster starts beside the suites needs files of this process, which the warm one does not hand on.
    multiprocessing.set_executable(sys.executable)
    monkeypatch.setattr(sys, "executable", str(warm_python().python))
    return Home.from_environment()


def publish_again(home: Home, monkeypatch: pytest.MonkeyPatch, spoil: Spoil) -> dg.ExecuteInProcessResult:
    """The part of the refresh job after the models are built, with ``spoil`` between building and gate."""

    def build_and_spoil(home: Home, *, run_id: str, built_from: str, anew: bool) -> BuiltSnapshot:
        for stage in ("inbound", "dbt"):
            passed = CheckResult(stage, "core.fct_orders", "stands_in_for_the_gate", "critical", "passed", None, 0, "")
            record_check_results(home.warehouse, run_id=run_id, stage=stage, as_of=None, records=[passed])
        built = build(home, run_id=run_id, built_from=built_from, anew=anew)
        spoil(built.folder / "marts.duckdb")
        return built

    monkeypatch.setattr(snapshot_module, "build", build_and_spoil)
    job = build_definitions(home).resolve_job_def("refresh")
    selected = [snapshot_module.SNAPSHOT_KEY, dg.AssetKey("published_snapshot")]
    with dg.DagsterInstance.get() as instance:
        return job.execute_in_process(instance=instance, asset_selection=selected, raise_on_error=False)


def failed_steps(result: dg.ExecuteInProcessResult) -> list[str | None]:
    return [event.step_key for event in result.get_step_failure_events()]


# By the step that sees it.
SPOILT = {
    "outbound_suites": "insert into core.fct_orders select * from core.fct_orders limit 1",
    # Breaks no rule, and is not what was built all the same.
    "published_snapshot": "update core.fct_orders set cancel_reason = 'spoilt'",
}


def test_a_spoilt_snapshot_is_not_announced_and_the_next_one_is(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (home.published / "current").readlink()
    for step, statement in SPOILT.items():
        earlier = set(home.published.glob(".refused-*"))
        spoilt = publish_again(home, monkeypatch, spoiling(statement))
        assert not spoilt.success
        assert failed_steps(spoilt) == [step]
        assert (home.published / "current").readlink() == before
        with opened_snapshot(home.published) as snapshot:
            assert snapshot.connection.execute("select count(*) - count(distinct order_key) from core.fct_orders").fetchone() == (0,)
        (refused,) = home.published.glob(".refused-*")
        assert refused not in earlier
        assert (refused / "marts.duckdb").exists()

    again = publish_again(home, monkeypatch, no_spoiling)
    assert again.success
    assert (home.published / "current").readlink() != before
    assert damage((home.published / "current").resolve()) == []
    assert list(home.published.glob(".*-v*")) == []
