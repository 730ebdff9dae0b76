"""Ends the runs of processes that are gone. Dagster cannot see a killed process; whoever holds the refresh lock can."""

from __future__ import annotations

import dagster as dg

REFRESH_JOB = "refresh"


def end_stale_runs(instance: dg.DagsterInstance, *, current_run_id: str) -> list[str]:
    """Report every refresh run but the current one that still counts as under way as failed; return their ids.

    Call only while holding the refresh lock: then no other refresh can be alive past its first step. Runs that are
    merely queued or starting are left alone.
    """
    stale_runs = instance.get_runs(filters=dg.RunsFilter(job_name=REFRESH_JOB, statuses=[dg.DagsterRunStatus.STARTED]))
    ended: list[str] = []
    for run in stale_runs:
        if run.run_id != current_run_id and not _may_be_waiting_for_the_lock(instance, run.run_id):
            instance.report_run_failed(run, "The process of this run is gone: it was killed or the machine went down.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            ended.append(run.run_id)
    return ended


def _may_be_waiting_for_the_lock(instance: dg.DagsterInstance, run_id: str) -> bool:
    """A live run that waits for the lock has started but finished none of its resources' set-up, so no step has begun."""
    step_starts = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_START, limit=1)
    return not step_starts.records
