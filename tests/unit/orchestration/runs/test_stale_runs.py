"""A run whose process is gone stops holding the queue, from the sensor's next tick on; a live one is left alone."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.plan.objects import StepFailureData, StepSuccessData
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._daemon.run_coordinator import QueuedRunCoordinatorDaemon

from orchestration.automation import new_extracts_sensor, nightly_schedule, refresh_job
from orchestration.home import Home
from orchestration.project import PROJECT_ROOT
from orchestration.resources import RefreshSettings
from orchestration.runs.run_lock import refresh_lock
from orchestration.runs.stale_runs import (
    LOCK_WAIT_SECONDS,
    MARGIN_SECONDS,
    PROCESS_TAG,
    TELLING_SECONDS,
    end_stale_runs,
    end_stale_runs_between_refreshes,
    tags_of_this_process,
)

STARTED, STARTING, CANCELING, QUEUED = (
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.CANCELING,
    dg.DagsterRunStatus.QUEUED,
)
STEPS = ("load_contract", "published_snapshot")
STEP_END = {
    dg.DagsterEventType.STEP_SUCCESS: StepSuccessData(duration_ms=1.0),
    dg.DagsterEventType.STEP_FAILURE: StepFailureData(error=None, user_failure_data=None),
}
# Dagster queues no run of which it does not know where its job is defined.
ORIGIN = RemoteJobOrigin(RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("orchestration"), "__repository__"), "refresh")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("AFTERSALES_HOME", str(tmp_path))
    return Home(tmp_path)


@pytest.fixture
def instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """A Dagster instance with the settings that a home gets."""
    home.dagster.mkdir()
    shutil.copy(PROJECT_ROOT / "orchestration" / "dagster.yaml", home.dagster)
    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        # The daemon does the same when it first sees a run that asks for the pool.
        instance.event_log_storage.initialize_concurrency_limit_to_default("warehouse")
        yield instance


def job(name: str) -> dg.JobDefinition:
    """A job that works on the warehouse in two steps."""

    @dg.op(name=STEPS[0], pool="warehouse", required_resource_keys={"refresh"})
    def load() -> int:
        return 1

    @dg.op(name=STEPS[1], pool="warehouse")
    def publish(loaded: int) -> None: ...

    @dg.job(name=name, resource_defs={"refresh": RefreshSettings()})
    def made() -> None:
        publish(load())

    return made


def remembered(
    instance: dg.DagsterInstance,
    status: dg.DagsterRunStatus,
    *events: tuple[dg.DagsterEventType, str],
    job_name: str = "refresh",
    lock_wait_seconds: float | None = None,
    tags: Mapping[str, str] | None = None,
) -> str:
    """The id of a run as Dagster remembers it: its status and what its steps have told so far."""
    settings = {} if lock_wait_seconds is None else {"resources": {"refresh": {"config": {"lock_wait_seconds": lock_wait_seconds}}}}
    created = instance.create_run_for_job(job(job_name), status=status, run_config=settings, remote_job_origin=ORIGIN, tags=tags)
    run_id = created.run_id
    for event_type, step in events:
        told = dg.DagsterEvent(event_type.value, job_name=job_name, step_key=step, event_specific_data=STEP_END.get(event_type))
        instance.report_dagster_event(told, run_id)
    return run_id


def begun(step: str) -> tuple[dg.DagsterEventType, str]:
    return dg.DagsterEventType.STEP_START, step


def succeeded(step: str) -> tuple[dg.DagsterEventType, str]:
    return dg.DagsterEventType.STEP_SUCCESS, step


def status_of(instance: dg.DagsterInstance, run_id: str) -> str:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status.value


def dequeued(instance: dg.DagsterInstance) -> list[str]:
    """The queued runs that the daemon would start now."""
    daemon = QueuedRunCoordinatorDaemon(interval_seconds=1)
    runs = daemon._get_runs_to_dequeue(instance, instance.get_concurrency_config(), fixed_iteration_time=None)
    return [run.run_id for run in runs]


def tick(instance: dg.DagsterInstance) -> None:
    with dg.build_sensor_context(instance) as context:
        new_extracts_sensor(refresh_job(), [])(context)


def test_a_killed_run_holds_the_queue_until_the_sensors_next_tick(instance: dg.DagsterInstance) -> None:
    killed = remembered(instance, STARTED, begun("load_contract"))
    queued = remembered(instance, QUEUED)
    assert dequeued(instance) == []
    tick(instance)
    assert status_of(instance, killed) == "FAILURE"
    assert dequeued(instance) == [queued]


def test_the_schedule_ends_a_killed_run_too_and_asks_for_its_own(instance: dg.DagsterInstance) -> None:
    killed = remembered(instance, STARTED, begun("load_contract"))
    with dg.build_schedule_context(instance) as context:
        asked_for = nightly_schedule(refresh_job())(context)
    assert isinstance(asked_for, dg.RunRequest)
    assert status_of(instance, killed) == "FAILURE"


def test_nothing_is_ended_while_a_refresh_holds_the_lock(instance: dg.DagsterInstance, home: Home) -> None:
    alive = remembered(instance, STARTED, begun("load_contract"))
    later = datetime.now(UTC) + timedelta(days=1)
    with refresh_lock(home, run_id=alive):
        tick(instance)
        assert end_stale_runs_between_refreshes(instance, home, now=later) == []
    assert status_of(instance, alive) == "STARTED"
    assert end_stale_runs_between_refreshes(instance, home, now=later) == [alive]


@pytest.mark.parametrize(
    ("status", "lock_wait_seconds", "patience_seconds", "ended_as"),
    [
        (STARTED, None, LOCK_WAIT_SECONDS + MARGIN_SECONDS, "FAILURE"),
        (STARTED, 3600.0, 3600.0 + MARGIN_SECONDS, "FAILURE"),
        (STARTED, 0.0, MARGIN_SECONDS, "FAILURE"),
        (STARTING, None, MARGIN_SECONDS, "FAILURE"),
        (CANCELING, None, MARGIN_SECONDS, "CANCELED"),
    ],
    ids=["may wait for the lock", "may wait an hour for the lock", "may not wait for the lock", "comes up", "is being cancelled"],
)
def test_a_run_without_a_step_is_gone_when_a_live_one_would_have_got_further(
    instance: dg.DagsterInstance, status: dg.DagsterRunStatus, lock_wait_seconds: float | None, patience_seconds: float, ended_as: str
) -> None:
    run_id = remembered(instance, status, lock_wait_seconds=lock_wait_seconds)
    queued = remembered(instance, QUEUED)
    (record,) = instance.get_run_records(filters=dg.RunsFilter(run_ids=[run_id]))
    edge = record.update_timestamp + timedelta(seconds=patience_seconds)
    assert end_stale_runs(instance, now=edge) == []
    assert dequeued(instance) == []
    assert end_stale_runs(instance, now=edge + timedelta(seconds=1)) == [run_id]
    assert status_of(instance, run_id) == ended_as
    assert dequeued(instance) == [queued]


@pytest.mark.parametrize(
    "events",
    [
        (begun(STEPS[0]), succeeded(STEPS[0]), begun(STEPS[1]), succeeded(STEPS[1])),
        (begun(STEPS[0]), (dg.DagsterEventType.STEP_FAILURE, STEPS[0])),
    ],
    ids=["all steps are over", "a step failed"],
)
def test_a_run_that_has_given_the_lock_back_may_tell_its_end(
    instance: dg.DagsterInstance, events: tuple[tuple[dg.DagsterEventType, str], ...]
) -> None:
    ending = remembered(instance, STARTED, *events)
    last = instance.get_records_for_run(ending, limit=1, ascending=False).records[0]
    edge = datetime.fromtimestamp(last.timestamp, UTC) + timedelta(seconds=TELLING_SECONDS)
    assert end_stale_runs(instance, now=edge) == []
    assert end_stale_runs(instance, now=edge + timedelta(seconds=1)) == [ending]


def test_a_run_killed_between_two_steps_is_gone_at_once(instance: dg.DagsterInstance) -> None:
    killed = remembered(instance, STARTED, begun(STEPS[0]), succeeded(STEPS[0]))
    assert end_stale_runs(instance, now=datetime.now(UTC)) == [killed]


def test_assets_materialized_by_hand_are_between_two_steps_as_long_as_a_step_may_wait(instance: dg.DagsterInstance) -> None:
    by_hand = remembered(instance, STARTED, begun(STEPS[0]), succeeded(STEPS[0]), job_name="__ASSET_JOB")
    now = datetime.now(UTC)
    assert end_stale_runs(instance, now=now + timedelta(seconds=LOCK_WAIT_SECONDS + MARGIN_SECONDS - 10)) == []
    assert end_stale_runs(instance, now=now + timedelta(seconds=LOCK_WAIT_SECONDS + MARGIN_SECONDS + 10)) == [by_hand]


def test_runs_that_are_queued_or_over_and_those_of_other_jobs_are_left_alone(instance: dg.DagsterInstance) -> None:
    remembered(instance, QUEUED)
    remembered(instance, dg.DagsterRunStatus.SUCCESS)
    remembered(instance, STARTED, begun("load_contract"), job_name="other")
    assert end_stale_runs(instance, now=datetime.now(UTC) + timedelta(days=1)) == []


def test_the_patience_is_as_long_as_a_run_waits_for_the_lock() -> None:
    assert RefreshSettings().lock_wait_seconds == LOCK_WAIT_SECONDS


def test_a_run_that_names_its_process_is_ended_as_soon_as_that_is_gone(instance: dg.DagsterInstance) -> None:
    process = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    ).stdout.strip()
    of_gone = {PROCESS_TAG: f"{socket.gethostname()} {process}"}
    all_over = [(dg.DagsterEventType.STEP_START, step) for step in STEPS] + [(dg.DagsterEventType.STEP_SUCCESS, step) for step in STEPS]
    before_its_steps = remembered(instance, STARTED, tags=of_gone)
    after_its_steps = remembered(instance, STARTED, *all_over, tags=of_gone)
    remembered(instance, STARTED, tags=tags_of_this_process())
    remembered(instance, STARTED, tags={PROCESS_TAG: f"another machine {process}"})
    assert set(end_stale_runs(instance)) == {before_its_steps, after_its_steps}
