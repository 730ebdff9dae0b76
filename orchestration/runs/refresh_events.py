"""Translates the events of one Dagster run into the refresh events that people are shown. Decides nothing."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

import dagster as dg

from orchestration.runs.refresh_report import EventKind, EventStatus, RefreshEvent

OnEvent = Callable[[RefreshEvent], None]

_STAGE_TITLES = {
    "inbound_suites": "Check what came in",
    "dbt_models": "Build and test the models",
    "forecasts": "Foretell what is coming",
    "snapshot": "Build the snapshot",
    "outbound_suites": "Check the snapshot",
    "published_snapshot": "Publish the snapshot",
    "report": "Write the report",
    "postgres_replica": "Bring PostgreSQL to it",
}
_LOAD_PREFIX = "load_"
_STAGE_STATUS: dict[dg.DagsterEventType, EventStatus] = {
    dg.DagsterEventType.STEP_START: "started",
    dg.DagsterEventType.STEP_SUCCESS: "succeeded",
    dg.DagsterEventType.STEP_FAILURE: "failed",
    dg.DagsterEventType.STEP_SKIPPED: "skipped",
    dg.DagsterEventType.STEP_UP_FOR_RETRY: "warned",
}


def stage_title(step: str) -> str:
    """The name people know a step of the job by."""
    if step.startswith(_LOAD_PREFIX):
        return f"Load {step.removeprefix(_LOAD_PREFIX)}"
    return _STAGE_TITLES.get(step, step)


class EventTeller:
    """Listens to the events of one run; counts what is done of each kind in each step against what was planned."""

    def __init__(self, on_event: OnEvent) -> None:
        self._on_event = on_event
        self._planned: Counter[tuple[str, EventKind]] = Counter()
        self._done: Counter[tuple[str, EventKind]] = Counter()

    def __call__(self, entry: dg.EventLogEntry) -> None:
        """Take one event of the run."""
        event = entry.dagster_event
        if event is None and entry.step_key is not None and isinstance(entry.level, int) and entry.level >= logging.WARNING:
            self._tell_log_entry(entry.step_key, entry.user_message)
        if event is None or event.step_key is None:
            return
        step = event.step_key
        kind: EventKind = "feed" if step.startswith(_LOAD_PREFIX) else "model"
        if event.event_type in _STAGE_STATUS:
            self._on_event(RefreshEvent("stage", stage_title(step), _STAGE_STATUS[event.event_type]))
        elif event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED:
            self._planned[step, kind] += 1
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED:
            self._planned[step, "check"] += 1
        elif event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
            materialization = event.step_materialization_data.materialization
            rows = materialization.metadata.get("rows_accepted")
            detail = f"{rows.value:,} rows" if isinstance(rows, dg.IntMetadataValue) and rows.value else ""
            self._tell(step, kind, ".".join(materialization.asset_key.path), "succeeded", detail)
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            failed: EventStatus = "failed" if check.severity == dg.AssetCheckSeverity.ERROR else "warned"
            name = f"{'.'.join(check.asset_key.path)}: {check.check_name}"
            self._tell(step, "check", name, "succeeded" if check.passed else failed, check.description or "")

    def _tell_log_entry(self, step: str, message: str) -> None:
        """A warning of ours as it is. That a step waits in vain for one that failed or was not executed, Dagster logs with each of its
        inputs, and that a check was skipped with the step it belongs to, with each of its names.
        """
        if message.startswith(f"Dependencies for step {step} "):
            self._on_event(RefreshEvent("stage", stage_title(step), "skipped"))
        elif not message.startswith("Blocking asset check "):
            self._on_event(RefreshEvent("stage", stage_title(step), "warned", message))

    def _tell(self, step: str, kind: EventKind, name: str, status: EventStatus, detail: str) -> None:
        self._done[step, kind] += 1
        self._on_event(RefreshEvent(kind, name, status, detail, self._done[step, kind], self._planned[step, kind] or None))
