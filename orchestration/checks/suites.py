"""Runs the Great Expectations suites in a process of their own and turns what they say into asset checks."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import dagster as dg

from orchestration.accounting import record_row_accounting
from orchestration.assets.extracts import WAREHOUSE_POOL
from orchestration.home import Home
from orchestration.project import MODELS_FOLDER, PROJECT_ROOT
from orchestration.resources import RefreshSettings
from orchestration.runs.check_records import CheckRecord, record_check_results, resolved_as_of
from orchestration.runs.child_processes import lead
from orchestration.runs.faults import retried_when_transient
from orchestration.settings import business_time_zone

SuiteStage = Literal["inbound", "outbound"]

# A subject of a check result ("raw.contract__orders", "core.fct_orders") and the asset it speaks of.
SubjectAssets = Mapping[str, dg.AssetKey]


class SuitesDidNotRun(RuntimeError):
    """The process that runs the suites ended without results."""


def suite_checks(stage: SuiteStage, subject_assets: SubjectAssets) -> dg.AssetChecksDefinition:
    """One check per asset. A critical failure blocks what comes after it; a failed warning is shown and goes on."""
    asset_keys = sorted(set(subject_assets.values()), key=dg.AssetKey.to_user_string)
    specs = [
        dg.AssetCheckSpec(stage, asset=asset_key, blocking=True, description="A critical failure keeps the last snapshot in place.")
        for asset_key in asset_keys
    ]

    @dg.multi_asset_check(name=f"{stage}_suites", specs=specs, pool=WAREHOUSE_POOL)
    def run(context: dg.AssetCheckExecutionContext, refresh: RefreshSettings) -> Iterator[dg.AssetCheckResult]:
        home = refresh.home
        with retried_when_transient(context.op_execution_context):
            as_of = refresh.as_of_moment or (resolved_as_of(home.warehouse) if stage == "outbound" else None)
            if stage == "outbound":
                record_row_accounting(home.warehouse, run_id=context.run.run_id, as_of=as_of, time_zone=business_time_zone())
            records = run_suites(home, stage, as_of=as_of, run_id=context.run.run_id)
            record_check_results(home.warehouse, run_id=context.run.run_id, stage=stage, as_of=as_of, records=records)
        for asset_key in asset_keys:
            subjects = {subject for subject, key in subject_assets.items() if key == asset_key}
            yield _check_result(stage, asset_key, [record for record in records if record.subject in subjects])
        unplaced = [record for record in records if record.subject not in subject_assets and _is_blocking_failure(record)]
        if unplaced:
            raise dg.Failure("\n".join(record.message for record in unplaced), allow_retries=False)

    return run


def run_suites(home: Home, stage: SuiteStage, *, as_of: datetime | None, run_id: str) -> list[CheckRecord]:
    """Run the suites of ``stage`` over the home's warehouse; nobody may hold the file meanwhile.

    Great Expectations keeps a DuckDB file locked until its process ends, hence a process of its own.
    Raises ``SuitesDidNotRun`` with the end of that process's output when it left no results.
    """
    results_file = home.data_docs / f"{stage}_results.json"
    results_file.unlink(missing_ok=True)
    command = [
        *(sys.executable, "-m", "orchestration.runs.suites_process", stage),
        *("--warehouse", str(home.warehouse), "--models", str(MODELS_FOLDER)),
        *("--results", str(results_file), "--data-docs", str(home.data_docs / stage)),
        *(() if as_of is None else ("--as-of", as_of.isoformat())),
        *("--run-id", run_id),
    ]
    lead()
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT)}
    finished = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode != 0 or not results_file.exists():
        output = _last_lines(finished.stderr or finished.stdout)
        raise SuitesDidNotRun(f"The {stage} expectations could not be run (exit code {finished.returncode}). Last lines:\n{output}")
    return read_results(results_file)


def read_results(results_file: Path) -> list[CheckRecord]:
    """The check results a suite process wrote, as records."""
    return [
        CheckRecord(
            subject=result["subject"],
            rule=result["rule"],
            severity=result["severity"],
            status=result["status"],
            rows_checked=result["rows_checked"],
            rows_failed=result["rows_failed"],
            message=result["message"],
            details=result["details"],
        )
        for result in json.loads(results_file.read_text(encoding="utf-8"))
    ]


def _check_result(stage: SuiteStage, asset_key: dg.AssetKey, records: Sequence[CheckRecord]) -> dg.AssetCheckResult:
    failed = [record for record in records if record.status != "passed"]
    is_blocking = any(_is_blocking_failure(record) for record in failed)
    return dg.AssetCheckResult(
        asset_key=asset_key,
        check_name=stage,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if is_blocking else dg.AssetCheckSeverity.WARN,
        description=" ".join(record.message for record in failed) or None,
        metadata={"rules": len(records), "rules_failed": len(failed), "rows_failed": sum(record.rows_failed or 0 for record in failed)},
    )


def _is_blocking_failure(record: CheckRecord) -> bool:
    return record.severity == "critical" and record.status != "passed"


def _last_lines(text: str, count: int = 20) -> str:
    return "\n".join(text.strip().splitlines()[-count:])
