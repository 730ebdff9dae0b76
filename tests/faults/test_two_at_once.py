"""Two refreshes, loaders or publishers at once: one works, the other is told about it or waits, and a killed one holds nothing."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.connections import connected
from orchestration.home import Home
from orchestration.publishing.versions import versions
from orchestration.runs.fault_advice import advice, kind_of
from orchestration.runs.faults import is_transient
from orchestration.runs.refresh import run_refresh
from orchestration.runs.run_lock import RefreshAlreadyRunning, is_refresh_running, no_refresh_begins, refresh_lock
from orchestration.runs.stale_runs import end_stale_runs
from reading.snapshot import damage
from tests.support.fault_world import background_python, python
from tests.unit.publishing.shop import ready_shop

HOLD_THE_LOCK = """
import sys
from pathlib import Path
from orchestration.home import Home
from orchestration.runs.run_lock import refresh_lock
with refresh_lock(Home(Path(sys.argv[1])), run_id="the first"):
    print("holding", flush=True)
    sys.stdin.readline()
"""

HOLD_THE_WAREHOUSE = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("holding", flush=True)
sys.stdin.read()
"""

PUBLISH = """
import sys
from pathlib import Path
from tests.unit.publishing.shop import Shop
print(Shop(Path(sys.argv[1])).publish(sys.argv[2]).path.name)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    return home


def test_the_second_refresh_is_told_which_process_runs_the_first_and_touches_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AFTERSALES_HOME", "DAGSTER_HOME"):
        monkeypatch.setenv(variable, "")
    with background_python(HOLD_THE_LOCK, home.root) as first:
        with pytest.raises(RefreshAlreadyRunning, match=rf"already running \(process {first.pid} since .*Wait for it to end.*run again"):
            run_refresh(home, landing=None, sources=[], as_of=None, full=False, on_event=lambda _: None)
        assert is_refresh_running(home)
    assert not home.warehouse.exists()


def test_a_killed_refresh_holds_nothing(home: Home) -> None:
    with background_python(HOLD_THE_LOCK, home.root) as first:
        first.kill()
        first.wait()
        with refresh_lock(home, run_id="the second"):
            assert is_refresh_running(home)
    assert not is_refresh_running(home)


def test_a_scheduled_refresh_waits_for_the_one_before_it(home: Home) -> None:
    with background_python(HOLD_THE_LOCK, home.root) as first:
        assert first.stdin is not None
        threading.Timer(1.0, lambda: (first.stdin.write("\n"), first.stdin.flush())).start()
        started = time.monotonic()
        with refresh_lock(home, run_id="the second", wait_seconds=60):
            assert time.monotonic() - started > 0.5


def test_asking_whether_a_refresh_runs_turns_none_away(home: Home) -> None:
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            is_refresh_running(home)

    with ThreadPoolExecutor(2) as askers:
        for _ in range(2):
            askers.submit(ask)
        try:
            for number in range(50):
                with refresh_lock(home, run_id=str(number)):
                    pass
        finally:
            done.set()


def test_a_refresh_asked_for_while_none_may_begin_waits_and_is_not_turned_away(home: Home) -> None:
    held_off, begun = threading.Event(), threading.Event()

    def hold_off() -> bool:
        with no_refresh_begins(home) as none_runs:
            held_off.set()
            return none_runs and not begun.wait(0.5)

    with ThreadPoolExecutor(1) as other:
        none_began_meanwhile = other.submit(hold_off)
        assert held_off.wait(10)
        with refresh_lock(home, run_id="the second"):
            begun.set()
            with no_refresh_begins(home) as none_runs:
                assert not none_runs
    assert none_began_meanwhile.result()


def test_a_warehouse_that_another_program_holds_is_tried_again_and_its_holder_named(home: Home) -> None:
    with connected(home.warehouse):
        pass
    with background_python(HOLD_THE_WAREHOUSE, home.warehouse) as holder:
        with pytest.raises(duckdb.IOException, match=rf"PID {holder.pid}") as raised, connected(home.warehouse):
            pass
        assert is_transient(raised.value)
        said = advice(kind_of(raised.value), home)
    assert said is not None
    assert "Close it, then run the refresh again" in said
    assert f"open {home.published}/current instead" in said
    with connected(home.warehouse):
        pass


def test_of_two_publishers_at_once_each_makes_a_whole_snapshot_or_says_that_the_other_took_its_place(tmp_path: Path) -> None:
    shop = ready_shop(tmp_path)
    shop.pass_checks("run-2")
    with ThreadPoolExecutor(2) as publishers:
        finished = list(publishers.map(lambda run_id: python(PUBLISH, tmp_path, run_id), ["run-1", "run-2"]))
    failed = [each.stderr for each in finished if each.returncode]
    assert all("has built no snapshot" in said and "another run has removed it. Run the refresh again." in said for said in failed)
    # The one that built last always gets through.
    announced = sorted(each.stdout.strip() for each in finished if not each.returncode)
    assert announced
    assert versions(shop.published) == announced
    assert [damage(shop.published / version) for version in announced] == [[]] * len(announced)
    assert (shop.published / "current").resolve().name == announced[-1]


def started_run(instance: dg.DagsterInstance, *, job_name: str = "refresh", has_begun: bool) -> str:
    """The id of a run as Dagster remembers it when its process was killed: started, and past its first step or not."""
    run = instance.create_run_for_job(_job(job_name), status=dg.DagsterRunStatus.STARTED)
    if has_begun:
        started = dg.DagsterEvent(event_type_value=dg.DagsterEventType.STEP_START.value, job_name=job_name, step_key="load_contract")
        instance.report_dagster_event(started, run.run_id)
    return run.run_id


def _job(name: str) -> dg.JobDefinition:
    @dg.op
    def load_contract() -> None: ...

    @dg.job(name=name)
    def made() -> None:
        load_contract()

    return made


def test_the_next_refresh_ends_the_runs_of_killed_processes_and_no_others() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        killed = started_run(instance, has_begun=True)
        waiting = started_run(instance, has_begun=False)
        current = started_run(instance, has_begun=True)
        of_another_job = started_run(instance, job_name="other", has_begun=True)
        assert end_stale_runs(instance, current_run_id=current) == [killed]
        statuses = {run.run_id: run.status.value for run in instance.get_runs()}
    assert statuses == {killed: "FAILURE", waiting: "STARTED", current: "STARTED", of_another_job: "STARTED"}
