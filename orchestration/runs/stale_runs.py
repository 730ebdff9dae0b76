"""Ends the runs of processes that are gone. Dagster cannot see a killed process; the refresh lock can.

A run that is under way in Dagster's records keeps the pool ``warehouse`` and so every other run in the queue. Starts nothing.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from orchestration.home import Home
from orchestration.runs.run_lock import no_refresh_begins

REFRESH_JOB = "refresh"

# Machine and number of the process that executes a run, where it is known before the run begins.
PROCESS_TAG = "aftersales/process"

# What Dagster calls the run of assets that somebody materializes by hand. Each of its steps takes the lock for itself.
_BY_HAND_JOB = "__ASSET_JOB"

# How long a run waits for the lock when its configuration does not say.
LOCK_WAIT_SECONDS = 900.0

# What a live process may take, without the lock, to come up, to give up waiting or to give up altogether.
MARGIN_SECONDS = 300.0

# What a live process may take from its last step, with which it gives the lock back, to the record of its end: some milliseconds of work.
TELLING_SECONDS = 5.0

_UNDER_WAY = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_STEP_ENDS = {dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.STEP_SKIPPED}
_GONE = "The process of this run is gone: it was killed or the machine went down."


def tags_of_this_process() -> Mapping[str, str]:
    """What a run carries that this process executes itself: when the process is gone, so is the run, without waiting for a sign of life."""
    return {PROCESS_TAG: f"{socket.gethostname()} {os.getpid()}"}


def end_stale_runs_between_refreshes(instance: dg.DagsterInstance, home: Home, *, now: datetime) -> list[str]:
    """End the stale runs when no refresh of ``home`` is running, and return their ids. Else do nothing."""
    with no_refresh_begins(home) as none_runs:
        return end_stale_runs(instance, now=now) if none_runs else []


def end_stale_runs(instance: dg.DagsterInstance, *, current_run_id: str | None = None, now: datetime | None = None) -> list[str]:
    """End every run but the current one that works on the warehouse, counts as under way and has no process any more.

    Returns their ids. Call only while no other run can hold the refresh lock. A run that was being cancelled counts as canceled after
    that, the others as failed. ``now`` is a moment with its time zone, by default the present one.
    """
    now = now or datetime.now(UTC)
    ended: list[str] = []
    for record in instance.get_run_records(filters=dg.RunsFilter(statuses=_UNDER_WAY)):
        run = record.dagster_run
        if run.job_name not in (REFRESH_JOB, _BY_HAND_JOB) or run.run_id == current_run_id or not _is_gone(instance, record, now):
            continue
        if run.status is dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, _GONE)
        else:
            instance.report_run_failed(run, _GONE)
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        ended.append(run.run_id)
    return ended


def _is_gone(instance: dg.DagsterInstance, record: dg.RunRecord, now: datetime) -> bool:
    """Whether a live run would have got further by ``now``, when none holds the lock.

    A live refresh is without the lock before its first step, when it comes up and when it waits for the lock, and after its last one.
    A live run by hand is without it between any two steps too.
    """
    run = record.dagster_run
    if _process_is_gone(run.tags):
        return True
    margin = timedelta(seconds=MARGIN_SECONDS)
    longest_wait = timedelta(seconds=_lock_wait_seconds(run.run_config)) + margin
    if run.status is not dg.DagsterRunStatus.STARTED:
        return now - record.update_timestamp > margin
    if run.job_name == _BY_HAND_JOB:
        return now - _last_sign_of_life(instance, record) > longest_wait
    if not instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.STEP_START, limit=1).records:
        return now - record.update_timestamp > longest_wait
    last_step_end = _end_of_all_steps(instance, run)
    return last_step_end is None or now - last_step_end > timedelta(seconds=TELLING_SECONDS)


def _process_is_gone(tags: Mapping[str, str]) -> bool:
    """Whether the process that executes a run is named, was one of this machine, and is none any more."""
    machine, _, process = tags.get(PROCESS_TAG, "").rpartition(" ")
    if machine != socket.gethostname():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _last_sign_of_life(instance: dg.DagsterInstance, record: dg.RunRecord) -> datetime:
    latest = instance.get_records_for_run(record.dagster_run.run_id, limit=1, ascending=False).records
    return datetime.fromtimestamp(latest[0].timestamp, UTC) if latest else record.update_timestamp


def _lock_wait_seconds(run_config: Any) -> float:
    """How long a run of this configuration waits for the lock."""
    try:
        return float(run_config["resources"]["refresh"]["config"]["lock_wait_seconds"])
    except (KeyError, TypeError, ValueError):
        return LOCK_WAIT_SECONDS


def _end_of_all_steps(instance: dg.DagsterInstance, run: dg.DagsterRun) -> datetime | None:
    """When the last step of a run ended that has only to tell its end: all its steps are over, or one failed. None: it is no such run."""
    ends = instance.get_records_for_run(run.run_id, of_type=_STEP_ENDS).records
    if not ends or run.execution_plan_snapshot_id is None:
        return None
    planned = set(instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id).step_keys_to_execute)
    if planned <= _steps_of(ends) or any(end.event_log_entry.dagster_event_type is dg.DagsterEventType.STEP_FAILURE for end in ends):
        return datetime.fromtimestamp(ends[-1].timestamp, UTC)
    return None


def _steps_of(records: Sequence[dg.EventLogRecord]) -> set[str | None]:
    return {record.event_log_entry.step_key for record in records}
