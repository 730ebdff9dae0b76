"""When a refresh runs, and who hears of it when it fails: job, schedule, sensors, freshness. Does none of the work."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.home import Home
from orchestration.loading import SourceDeclaration
from orchestration.loading.discovery import discover
from orchestration.loading.landed_files import not_noted
from orchestration.runs.failure_message import failure_message, failure_message_without_data, is_of_gate
from orchestration.runs.fault_advice import advice, kind_of
from orchestration.runs.last_failure import note_failed_run
from orchestration.runs.run_lock import is_refresh_running
from orchestration.runs.stale_runs import REFRESH_JOB, end_stale_runs_between_refreshes
from orchestration.runs.webhook import trouble_posting
from orchestration.settings import REFRESH_CRON, WEBHOOK_URL, business_time_zone, sensor_seconds

# A snapshot is due every night; one missed night is a warning, two are a failure.
SNAPSHOT_FRESHNESS = dg.FreshnessPolicy.time_window(warn_window=timedelta(hours=26), fail_window=timedelta(hours=50))


def refresh_job() -> UnresolvedAssetJobDefinition:
    """Everything from the landing zone to the published snapshot, in one process after another's lock."""
    return dg.define_asset_job(
        REFRESH_JOB,
        selection=dg.AssetSelection.all() | dg.AssetSelection.all_asset_checks(),
        executor_def=dg.in_process_executor,
        description="Load the extracts, build the models, run the gate, publish the snapshot.",
    )


def nightly_schedule(job: UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """A refresh every night at half past two, in the business time zone.

    Ends the runs of processes that are gone, which would keep tonight's in the queue.
    """

    @dg.schedule(
        name="nightly_refresh",
        description="A refresh every night, whether files have landed or not, so that the marts speak of every day.",
        job=job,
        cron_schedule=REFRESH_CRON.text,
        execution_timezone=business_time_zone(),
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def nightly_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        _end_stale_runs(context, Home.from_environment())
        return dg.RunRequest()

    return nightly_refresh


def new_extracts_sensor(job: UnresolvedAssetJobDefinition, sources: Sequence[SourceDeclaration]) -> dg.SensorDefinition:
    """Starts a refresh when files are in the landing zone that no load has taken note of and no earlier tick asked a refresh for.

    A file counts as complete when its size and modification time are the same at two ticks in a row. The cursor
    remembers what the last tick saw and what was last asked for, so the same files never start a second run. While a refresh runs,
    files leave the landing zone one after the other, and nothing is asked for.

    Each tick also ends the runs of processes that are gone, which would keep every other run in the queue.
    """

    @dg.sensor(
        name="new_extracts",
        description="Starts a refresh when new files lie in the landing zone and no longer change.",
        job=job,
        minimum_interval_seconds=sensor_seconds(),
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def new_extracts(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        home = Home.from_environment()
        _end_stale_runs(context, home)
        if is_refresh_running(home):
            return dg.SensorResult(skip_reason="A refresh is running; what it leaves is looked at after it.", cursor=context.cursor)
        seen = _landing_digest(home, sources)
        earlier = json.loads(context.cursor) if context.cursor else {"seen": None, "asked_for": None}
        cursor = {"seen": seen, "asked_for": earlier["asked_for"]}
        if seen is None:
            return dg.SensorResult(skip_reason="No new extract is in the landing zone.", cursor=json.dumps(cursor))
        if seen == earlier["asked_for"]:
            return dg.SensorResult(skip_reason="No file is new since the last refresh was asked for.", cursor=json.dumps(cursor))
        if seen != earlier["seen"]:
            return dg.SensorResult(
                skip_reason="Files are new or still being written; they must stay unchanged for one more tick.", cursor=json.dumps(cursor)
            )
        cursor["asked_for"] = seen
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=seen)], cursor=json.dumps(cursor))

    return new_extracts


def failure_notice() -> dg.SensorDefinition:
    """Notes for ``aftersales status`` that a refresh failed, and posts a JSON notice to ``AFTERSALES_WEBHOOK_URL`` when that is configured.

    A notice that cannot be posted is in the log of the tick, which fails. It is not posted again.
    """

    @dg.run_failure_sensor(
        name="failure_notice",
        description=f"Posts what failed, and what to do, to {WEBHOOK_URL.variable} when a refresh fails.",
        default_status=dg.DefaultSensorStatus.RUNNING,
        monitor_all_code_locations=False,
    )
    def notify(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        home = Home.from_environment()
        step_failures = context.get_step_failure_events()
        failure = step_failures[0] if step_failures else context.failure_event
        _note_for_status(home, context, failure)
        webhook = WEBHOOK_URL.value
        if not webhook:
            return dg.SkipReason(f"{WEBHOOK_URL.variable} is not set, so nobody is told of failures.")
        notice = failure_text(context.dagster_run.run_id, failure, home)
        trouble = trouble_posting(webhook, notice)
        if trouble:
            context.log.error(f"The failure notice could not be posted to the configured webhook: {trouble} The notice was: {notice}")
            raise RuntimeError(f"The failure notice could not be posted to the configured webhook: {trouble}")
        return None

    return notify


def _note_for_status(home: Home, context: dg.RunFailureSensorContext, failure: dg.DagsterEvent) -> None:
    run = context.instance.get_run_record_by_id(context.dagster_run.run_id)
    ended_at = datetime.now(UTC) if run is None or run.end_time is None else datetime.fromtimestamp(run.end_time, UTC)
    said = failure_message(failure)
    steps = [said, *([what_to_do] if (what_to_do := _what_to_do(said, home)) not in said else [])]
    note_failed_run(home, ended_at=ended_at, is_of_gate=is_of_gate(failure), said=steps)


def _what_to_do(said: str, home: Home) -> str:
    return advice(kind_of(said), home) or "Nothing is lost: run the refresh again when the cause is mended."


def failure_text(run_id: str, failure: dg.DagsterEvent, home: Home) -> str:
    """The notice of a failed refresh, in plain words: what failed, why, what to do, where to read on. Quotes no delivered data."""
    said = failure_message_without_data(failure)
    what_to_do = _what_to_do(failure_message(failure), home)
    return " ".join(
        [
            f"The after-sales refresh {run_id} failed; readers still see the last good snapshot.",
            said if said.endswith((".", "…")) else f"{said}.",
            *([] if what_to_do in said else [what_to_do]),
            "Dagster shows the full log on the page of this run.",
        ]
    )


def _end_stale_runs(context: dg.SensorEvaluationContext | dg.ScheduleEvaluationContext, home: Home) -> None:
    for run_id in end_stale_runs_between_refreshes(context.instance, home, now=datetime.now(UTC)):
        context.log.warning(f"The process of run {run_id} is gone; the run no longer counts as under way.")


def _landing_digest(home: Home, sources: Sequence[SourceDeclaration]) -> str | None:
    """One text for the names, sizes and times of the extracts in the landing zone that no load took note of; None: there are none."""
    digest = hashlib.sha256()
    is_empty = True
    for source in sources:
        for file in not_noted(home.landed_note(source.name), home.landing, discover(source, home.landing).files):
            digest.update(f"{file.name}|{file.state}\n".encode())
            is_empty = False
    return None if is_empty else digest.hexdigest()
