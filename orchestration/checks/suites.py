"""Runs the Great Expectations suites in a process of their own and turns what they say into asset checks.

Inbound suites look at the warehouse and speak of the feeds; outbound suites look at the snapshot that was built, and speak of it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import dagster as dg

from orchestration.assets.extracts import WAREHOUSE_POOL
from orchestration.assets.snapshot import SNAPSHOT_KEY
from orchestration.home import Home
from orchestration.project import MANIFEST_FILE, MODELS_FOLDER
from orchestration.publishing.announcing import built_by, refuse
from orchestration.resources import RefreshSettings
from orchestration.runs.check_records import record_check_results
from orchestration.runs.faults import retried_when_transient
from orchestration.runs.suites_process import run_apart
from orchestration.runs.unchanged import is_unchanged
from reading.check_results import CheckResult

SuiteStage = Literal["inbound", "outbound"]

# A subject of a check result ("raw.contract__orders", "core.fct_orders") and the asset check that speaks of it.
SubjectChecks = Mapping[str, dg.AssetCheckKey]


# What the outbound suite over all tables together speaks of.
ALL_COLUMNS = "information_schema.columns"


class SuitesDidNotRun(RuntimeError):
    """The process that runs the suites ended without results."""


def inbound_checks(feed_assets: Mapping[str, dg.AssetKey]) -> dg.AssetChecksDefinition:
    """One check per feed, over the warehouse; ``feed_assets`` are the feeds by the subject of their suite."""

    def look(refresh: RefreshSettings, run_id: str) -> tuple[list[CheckResult], datetime | None]:
        if is_unchanged(refresh):
            # They passed on these very extracts, else there would be no snapshot of them.
            return [], refresh.as_of_moment
        home, as_of = refresh.home, refresh.as_of_moment
        return run_suites(home, "inbound", home.warehouse, as_of=as_of, run_id=run_id), as_of

    return _suite_checks("inbound", {subject: dg.AssetCheckKey(key, "inbound") for subject, key in feed_assets.items()}, look)


def outbound_checks(subjects: Iterable[str]) -> dg.AssetChecksDefinition:
    """One check of the snapshot per table of ``subjects``, over the file that was built. A snapshot that fails is set aside."""
    checks = {subject: dg.AssetCheckKey(SNAPSHOT_KEY, subject.replace(".", "__")) for subject in subjects}

    def look(refresh: RefreshSettings, run_id: str) -> tuple[list[CheckResult], datetime | None]:
        home = refresh.home
        folder, draft = built_by(home.published, run_id)
        as_of = draft.as_of.replace(tzinfo=None) if draft.as_of else refresh.as_of_moment
        return run_suites(home, "outbound", folder / draft.database.file, as_of=as_of, run_id=run_id), as_of

    return _suite_checks("outbound", checks, look)


def _suite_checks(
    stage: SuiteStage,
    checks: SubjectChecks,
    look: Callable[[RefreshSettings, str], tuple[list[CheckResult], datetime | None]],
) -> dg.AssetChecksDefinition:
    """The asset ``checks`` of a stage. A critical failure blocks what comes after it; a failed warning is shown and goes on."""
    keys = sorted(set(checks.values()), key=str)
    specs = [
        dg.AssetCheckSpec(key.name, asset=key.asset_key, blocking=True, description="A critical failure keeps the last snapshot in place.")
        for key in keys
    ]

    @dg.multi_asset_check(name=f"{stage}_suites", specs=specs, pool=WAREHOUSE_POOL)
    def run(context: dg.AssetCheckExecutionContext, refresh: RefreshSettings) -> Iterator[dg.AssetCheckResult]:
        home, run_id = refresh.home, context.run.run_id
        with retried_when_transient(context.op_execution_context):
            records, as_of = look(refresh, run_id)
            record_check_results(home.warehouse, run_id=run_id, stage=stage, as_of=as_of, records=records)
        if stage == "outbound" and any(_is_blocking_failure(record) for record in records):
            refused = refuse(home.published, run_id)
            context.log.warning(f"The snapshot that did not pass is kept until the next refresh: {refused}")
        for key in keys:
            yield _check_result(key, [record for record in records if checks.get(record.subject) == key])
        unplaced = [record for record in records if record.subject not in checks and _is_blocking_failure(record)]
        if unplaced:
            raise dg.Failure("\n".join(record.message for record in unplaced), allow_retries=False)

    return run


def run_suites(home: Home, stage: SuiteStage, database: Path, *, as_of: datetime | None, run_id: str) -> list[CheckResult]:
    """Run the suites of ``stage`` over the DuckDB file ``database``; nobody may hold it meanwhile.

    Great Expectations keeps a DuckDB file locked until its process ends, hence a process of its own.
    Raises ``SuitesDidNotRun`` with the end of that process's output when it left no results.
    """
    results_file = home.data_docs / f"{stage}_results.json"
    results_file.unlink(missing_ok=True)
    arguments = [
        stage,
        *("--database", str(database), "--models", str(MODELS_FOLDER), "--manifest", str(home.dbt_target / MANIFEST_FILE)),
        *("--results", str(results_file), "--data-docs", str(home.data_docs / stage)),
        *(() if as_of is None else ("--as-of", as_of.isoformat())),
        *("--run-id", run_id),
    ]
    exit_code, printed = run_apart(arguments)
    if exit_code != 0 or not results_file.exists():
        output = _last_lines(printed)
        raise SuitesDidNotRun(f"The {stage} expectations could not be run (exit code {exit_code}). Last lines:\n{output}")
    return read_results(results_file)


def read_results(results_file: Path) -> list[CheckResult]:
    """The check results a suite process wrote."""
    return [CheckResult(**result) for result in json.loads(results_file.read_text(encoding="utf-8"))]


def _check_result(key: dg.AssetCheckKey, records: Sequence[CheckResult]) -> dg.AssetCheckResult:
    failed = [record for record in records if record.status != "passed"]
    is_blocking = any(_is_blocking_failure(record) for record in failed)
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if is_blocking else dg.AssetCheckSeverity.WARN,
        description=" ".join(record.message for record in failed) or None,
        metadata={"rules": len(records), "rules_failed": len(failed), "rows_failed": sum(record.rows_failed or 0 for record in failed)},
    )


def _is_blocking_failure(record: CheckResult) -> bool:
    return record.severity == "critical" and record.status != "passed"


def _last_lines(text: str, count: int = 20) -> str:
    return "\n".join(text.strip().splitlines()[-count:])
