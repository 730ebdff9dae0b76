"""Runs the Dagster job ``refresh`` in this process, tells what happens while it runs, and sums up when it ends."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
import traceback
import uuid
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from sqlalchemy.exc import SQLAlchemyError

from orchestration.connections import connected
from orchestration.definitions import build_definitions
from orchestration.home import Home
from orchestration.loading import DeclarationError, prepare_raw, read_declarations
from orchestration.project import MANIFEST_FILE, MODELS_FOLDER, PROJECT_ROOT
from orchestration.publishing.errors import SelectionError
from orchestration.publishing.selection import published_marts
from orchestration.runs.check_records import prepare_quality, resolved_as_of
from orchestration.runs.copies import COPIES_BEHIND
from orchestration.runs.dbt_command_line import ProjectDoesNotParse
from orchestration.runs.failure_message import failure_message
from orchestration.runs.fault_advice import RECORDS_DO_NOT_OPEN, advice, kind_of
from orchestration.runs.last_failure import note_outcome
from orchestration.runs.old_warehouse import settle_rebuild
from orchestration.runs.overlooked import overlooked
from orchestration.runs.refresh_events import EventTeller, OnEvent
from orchestration.runs.refresh_report import FeedCount, OutcomeStatus, RefreshEvent, RefreshOutcome
from orchestration.runs.run_lock import refresh_lock
from orchestration.runs.stale_runs import REFRESH_JOB, tags_of_this_process
from orchestration.runs.usable_settings import insist_settings_are_usable
from orchestration.runs.warehouse_file import WarehouseUnusable, insist_warehouse_opens
from orchestration.settings import DAGSTER_HOME, HOME, SettingError
from reading.check_results import CheckResult
from reading.manifest import read_manifest
from reading.versions import current_snapshot, current_version


def prepare_home(home: Home) -> Home:
    """Make the home's folders and its Dagster instance, and point this process's environment at them."""
    home.create()
    instance_file = home.dagster / "dagster.yaml"
    if not instance_file.exists():
        draft = instance_file.with_name(".dagster.yaml")
        shutil.copyfile(PROJECT_ROOT / "orchestration" / "dagster.yaml", draft)
        # A process killed while it copies must not leave half a file that counts as the instance's settings.
        draft.replace(instance_file)
    HOME.give(str(home.root))
    DAGSTER_HOME.give(str(home.dagster))
    return home


def run_refresh(
    home: Home,
    *,
    landing: Path | None,
    sources: Sequence[str],
    as_of: datetime | None,
    full: bool,
    on_event: OnEvent,
    rebuild: bool = False,
) -> RefreshOutcome:
    """Refresh ``home`` through the same job that the schedule starts.

    ``as_of`` is a naive UTC moment, None for the latest the data speaks of. With ``rebuild`` the warehouse is set aside and made
    anew, from the archived extracts on. Raises ``RefreshAlreadyRunning`` when another process refreshes the same home, and
    ``DeclarationError`` when a source cannot be used as it is declared.
    """
    try:
        outcome = _refreshed(home, landing=landing, sources=sources, as_of=as_of, full=full, on_event=on_event, rebuild=rebuild)
    except DeclarationError as error:
        with suppress(OSError):
            note_outcome(home, _not_begun(home, error))
        raise
    # A full disk is what the refresh ended of, and no reason to end without its words.
    with suppress(OSError):
        note_outcome(home, outcome)
    return outcome


def _refreshed(
    home: Home,
    *,
    landing: Path | None,
    sources: Sequence[str],
    as_of: datetime | None,
    full: bool,
    on_event: OnEvent,
    rebuild: bool,
) -> RefreshOutcome:
    try:
        insist_settings_are_usable(home)
    except SettingError as error:
        return _not_begun(home, error)
    prepare_home(home)
    with refresh_lock(home, run_id="about to start"):
        on_event(RefreshEvent("stage", "Read the project", "started"))
        try:
            settle_rebuild(home)
            if not rebuild:
                insist_warehouse_opens(home)
            definitions = build_definitions(home)
            # What could not be published is told before anything is built.
            published_marts(home.dbt_target / MANIFEST_FILE)
        except (WarehouseUnusable, ProjectDoesNotParse) as error:
            return _not_begun(home, error)
        except SelectionError as error:
            raise DeclarationError(str(error)) from error
        on_event(RefreshEvent("stage", "Read the project", "succeeded"))
    settings = {
        "landing": None if landing is None else str(landing),
        "sources": list(sources),
        "as_of": None if as_of is None else as_of.isoformat(),
        "full": full,
        "rebuild": rebuild,
        "lock_wait_seconds": 0.0,
    }
    run_config = {
        "resources": {"refresh": {"config": {name: value for name, value in settings.items() if value is not None}}},
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }
    run_id = str(uuid.uuid4())
    log_file = home.dagster / "logs" / f"refresh-{run_id}.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    job = definitions.resolve_job_def(REFRESH_JOB)
    notes: list[str] = []

    def told(event: RefreshEvent) -> None:
        if event.kind == "stage" and event.status == "warned" and event.detail:
            notes.append(event.detail)
        on_event(event)

    try:
        with log_file.open("w", encoding="utf-8") as log, redirect_stdout(log):
            failure = _executed(job, run_config=run_config, run_id=run_id, teller=EventTeller(told))
    except OSError as error:
        # The log cannot be kept: a full disk, most often.
        failure = str(error)
    looked_into = landing or home.landing
    outcome = replace(_outcome(home, run_id, failure=failure, log_file=log_file), landing=looked_into)
    if not rebuild and _has_loaded_nothing(home):
        notes.append(f"No extract was ever loaded. They go to {looked_into}/<source>/<feed>/, and that is where none was found.")
    # What the ledger tells of a file is among the warnings already.
    untold = [note for note in notes if not any(note in warning for warning in outcome.warnings)]
    passed_over = overlooked(looked_into, read_declarations(MODELS_FOLDER), PROJECT_ROOT)
    return replace(outcome, warnings=[*outcome.warnings, *untold, *passed_over])


def _not_begun(home: Home, error: Exception) -> RefreshOutcome:
    """The outcome of a refresh that ended before its first step, of an error whose message says what to do."""
    return RefreshOutcome(status="failed", as_of=None, snapshot_path=_current_snapshot(home), next_steps=[str(error)])


def _executed(job: dg.JobDefinition, *, run_config: dict[str, Any], run_id: str, teller: EventTeller) -> str | None:
    """Run the job to its end, whatever that is; return what failed, or None. A traceback goes where standard output goes, to the log."""
    # What opens or keeps Dagster's records raises errors of many libraries (SQLite, PostgreSQL, YAML), which have no base in common.
    try:
        opened = dg.DagsterInstance.get()
    except Exception as error:  # noqa: BLE001
        traceback.print_exc(file=sys.stdout)
        return f"{RECORDS_DO_NOT_OPEN}: {_in_short(error)}"
    try:
        with opened as instance:
            instance.add_event_listener(run_id, teller)
            result = job.execute_in_process(
                run_config=run_config, instance=instance, run_id=run_id, tags=dict(tags_of_this_process()), raise_on_error=False
            )
            return None if result.success else _failure_message(result)
    except Exception as error:  # noqa: BLE001
        traceback.print_exc(file=sys.stdout)
        return _in_short(error)


def _in_short(error: Exception) -> str:
    """What an error of Dagster's or of its storage says, without the statement, the stack trace or the schema it is followed by."""
    if isinstance(error, dg.DagsterInvalidConfigError) and error.errors:
        said = error.errors[0].message
    elif isinstance(error.__cause__, SQLAlchemyError):
        said = f"{error}: {error.__cause__}"
    else:
        said = str(error) or type(error).__name__
    said = re.split(r"\n\s*(?:Stack Trace:|\[SQL: |\(Background on)", said, maxsplit=1)[0]
    return textwrap.shorten(said, 500, placeholder=" …")


def _failure_message(result: dg.ExecuteInProcessResult) -> str:
    """What the first failed step said, or the run when it failed before its first step."""
    failures = result.get_step_failure_events()
    return failure_message(failures[0] if failures else result.get_run_failure_event())


def _outcome(home: Home, run_id: str, *, failure: str | None, log_file: Path) -> RefreshOutcome:
    """The outcome, read back from the ledger and the check results of the run; without them when the warehouse cannot be read."""
    try:
        return _recorded_outcome(home, run_id, failure=failure, log_file=log_file)
    except (OSError, duckdb.Error) as error:
        return RefreshOutcome(
            status="failed",
            as_of=None,
            snapshot_path=_current_snapshot(home),
            next_steps=_next_steps("failed", failure or str(error), log_file, home),
        )


def _recorded_outcome(home: Home, run_id: str, *, failure: str | None, log_file: Path) -> RefreshOutcome:
    with connected(home.warehouse) as connection:
        prepare_raw(connection, {})
        prepare_quality(connection)
        feeds = _feed_counts(connection, run_id)
        warnings = _load_warnings(connection, run_id)
        passed, failed_checks = _check_counts(connection, run_id)
    as_of = resolved_as_of(home.warehouse)
    blocking = [check for check in failed_checks if check.severity == "critical"]
    status = _ending(home, run_id, failure=failure, blocked=bool(blocking))
    published = read_manifest(current_snapshot(home.published)) if status in ("published", "unchanged", "copies_failed") else None
    return RefreshOutcome(
        status=status,
        as_of=as_of,
        feeds=feeds,
        warnings=warnings,
        checks_passed=passed,
        checks_failed=len(failed_checks),
        failed_checks=failed_checks,
        headline=published.headline if published else (),
        alerts=published.alerts if published else (),
        snapshot_path=_current_snapshot(home),
        next_steps=_next_steps(status, failure, log_file, home),
    )


def _feed_counts(connection: duckdb.DuckDBPyConnection, run_id: str) -> list[FeedCount]:
    rows = connection.execute(
        """
        select
            source_system,
            feed,
            count(*) filter (where status = 'loaded'),
            count(*) filter (where status = 'refused'),
            coalesce(sum(rows_read), 0),
            coalesce(sum(rows_accepted), 0),
            coalesce(sum(rows_rejected), 0)
        from raw.extract_ledger
        where run_id = ?
        group by source_system, feed
        order by source_system, feed
        """,
        [run_id],
    ).fetchall()
    return [
        FeedCount(source, feed, files, refused, int(read), int(accepted), int(rejected))
        for source, feed, files, refused, read, accepted, rejected in rows
    ]


def _has_loaded_nothing(home: Home) -> bool:
    """Whether no refresh ever found a file; False also where that cannot be asked."""
    try:
        with connected(home.warehouse, read_only=True) as connection:
            return not connection.execute("select 1 from raw.extract_ledger limit 1").fetchall()
    except (OSError, duckdb.Error):
        return False


def _load_warnings(connection: duckdb.DuckDBPyConnection, run_id: str) -> list[str]:
    rows = connection.execute(
        """
        select file_name || ': ' || unnest(list_filter([
            case when status = 'refused' or rows_rejected > 0 or coalesce(unknown_columns, '') not in ('', '[]') then message end,
            warning
        ], lambda told: told is not null))
        from raw.extract_ledger
        where run_id = ?
        order by extract_id, file_name
        """,
        [run_id],
    ).fetchall()
    return [str(row[0]) for row in rows]


def _check_counts(connection: duckdb.DuckDBPyConnection, run_id: str) -> tuple[int, list[CheckResult]]:
    rows = connection.execute(
        """
        select stage, subject, rule, severity, status, rows_checked, rows_failed, message, coalesce(details, '')
        from quality.check_results
        where run_id = ?
        order by severity, stage, subject, rule
        """,
        [run_id],
    ).fetchall()
    failed = [result for row in rows if (result := CheckResult(*row)).status != "passed"]
    return len(rows) - len(failed), failed


def _current_snapshot(home: Home) -> Path | None:
    version = current_version(home.published)
    return None if version is None else home.published / version


def _ending(home: Home, run_id: str, *, failure: str | None, blocked: bool) -> OutcomeStatus:
    """How a run ended: with a snapshot of its own, or with the one before, where nothing was new or something stopped it."""
    path = _current_snapshot(home)
    has_published = path is not None and read_manifest(path).run_id == run_id
    if failure is not None:
        return "copies_failed" if has_published or COPIES_BEHIND in failure else "gate_failed" if blocked else "failed"
    return "published" if has_published else "unchanged"


def _next_steps(status: OutcomeStatus, failure: str | None, log_file: Path, home: Home) -> list[str]:
    match status:
        case "published":
            return []
        case "unchanged":
            return ["Nothing was new. To build and check everything all the same: aftersales refresh --full"]
        case "copies_failed":
            return [
                failure or "A copy failed.",
                f"The full log is {log_file}.",
                "The next refresh tries again, with news or without. To do it now: aftersales publish-postgres, aftersales report",
            ]
        case "gate_failed":
            return [
                "Mend the extract or the model that the failed check names, then run the refresh again: it goes on from what is loaded."
            ]
        case "failed":
            failure = failure or "The refresh failed."
            what_to_do = advice(kind_of(failure), home) or "Nothing is lost: run the refresh again when the cause is mended."
            steps = [failure, f"The full log is {log_file}."]
            return steps if what_to_do in failure else [*steps, what_to_do]
