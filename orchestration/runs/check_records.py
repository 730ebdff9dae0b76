"""Keeps what every check said: ``quality.check_results``, appended after each stage and published with the marts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.connections import connected
from orchestration.project import DataTest, dbt_manifest
from reading.check_results import CheckResult, Stage, Status

_STATUSES: Mapping[str, Status] = {"pass": "passed", "fail": "failed", "warn": "failed"}

_TOLD = {"message": 10, "example": 50}

_CREATE_TABLE = """
    create schema if not exists quality;
    create table if not exists quality.check_results (
        run_id text not null,
        as_of timestamp,
        checked_at timestamp not null,
        stage text not null,
        subject text not null,
        rule text not null,
        severity text not null,
        status text not null,
        rows_checked bigint,
        rows_failed bigint,
        message text,
        details text
    );
"""


def prepare_quality(connection: duckdb.DuckDBPyConnection) -> None:
    """Create ``quality.check_results`` when it is not there."""
    connection.execute(_CREATE_TABLE)


def record_check_results(warehouse: Path, *, run_id: str, stage: Stage, as_of: datetime | None, records: Sequence[CheckResult]) -> None:
    """Replace what ``run_id`` said at ``stage`` (a retried step says it again) in one transaction."""
    checked_at = datetime.now(UTC).replace(tzinfo=None)
    with connected(warehouse) as connection:
        prepare_quality(connection)
        connection.begin()
        connection.execute("delete from quality.check_results where run_id = ? and stage = ?", [run_id, stage])
        if records:
            # Column by column, in one statement: row by row, DuckDB takes a millisecond for each.
            _, *said = (list(column) for column in zip(*map(astuple, records), strict=True))
            connection.execute(
                f"insert into quality.check_results select ?, ?, ?, ?, {', '.join(['unnest(?)'] * len(said))}",
                [run_id, as_of, checked_at, stage, *said],
            )
        connection.commit()


def resolved_as_of(warehouse: Path) -> datetime | None:
    """The moment (UTC) the built marts speak of, or None before the first build."""
    with connected(warehouse) as connection:
        built = connection.execute(
            "select count(*) from information_schema.tables where table_schema = 'intermediate' and table_name = 'int_as_of__resolved'"
        ).fetchone()
        if not built or not built[0]:
            return None
        row = connection.execute("select as_of_at from intermediate.int_as_of__resolved").fetchone()
        return row[0] if row else None


def dbt_test_records(target: Path, warehouse: Path) -> list[CheckResult]:
    """What dbt's last build in ``target`` says of its tests, and of models that broke, as check records.

    Reads ``run_results.json`` and the manifest; an empty list when dbt never got so far as to write results. A test that gives its rows
    a column ``message`` is asked in ``warehouse`` for what it has to say, and for values by a column ``example``, which stay among the
    details; other tests may quote values, and only their rows are counted.
    """
    results_file = target / "run_results.json"
    if not results_file.exists():
        return []
    tests = dbt_manifest(target).data_tests
    results: list[Mapping[str, Any]] = json.loads(results_file.read_text(encoding="utf-8"))["results"]
    records: list[CheckResult] = []
    for result in results:
        unique_id = str(result["unique_id"])
        status = str(result["status"])
        if unique_id.startswith("test."):
            if unique_id in tests and status != "skipped":
                records.append(_test_record(tests[unique_id], result, warehouse))
        elif status == "error":
            name = unique_id.rsplit(".", maxsplit=1)[-1]
            message = f"{name} could not be built: {str(result.get('message') or '').strip()}"
            records.append(CheckResult("dbt", name, "model_builds", "critical", "error", None, None, message))
    return records


def _test_record(test: DataTest, result: Mapping[str, Any], warehouse: Path) -> CheckResult:
    status = _STATUSES.get(str(result["status"]), "error")
    failures = result.get("failures")
    told = _told_by_rows(result, warehouse) if status == "failed" else {}
    if status == "passed":
        message = ""
    elif status == "error":
        message = f"{test.name} on {test.subject} could not run: {str(result.get('message') or '').strip()}"
    else:
        where = f"{test.subject}.{test.column}" if test.column else test.subject
        message = " ".join(
            [
                f"{where} breaks {test.name}: {failures} {'row' if failures == 1 else 'rows'}.",
                *(f"{said}." for said in told.get("message", [])),
            ]
        )
    rows_failed = None if failures is None else int(failures)
    examples = told.get("example", [])
    details = json.dumps({"meaning": test.description, "examples": examples}, ensure_ascii=False) if examples else test.description
    return CheckResult("dbt", test.subject, test.name, test.severity, status, None, rows_failed, message, details)


def _told_by_rows(result: Mapping[str, Any], warehouse: Path) -> dict[str, list[str]]:
    """What a failed test's rows say, by column of those in ``_TOLD`` that it gives them."""
    query = str(result.get("compiled_code") or "")
    columns = [column for column in _TOLD if re.search(rf"\bas {column}\b", query)]
    if not columns:
        return {}
    try:
        with connected(warehouse) as connection:
            rows = connection.execute(
                f"select {', '.join(columns)} from ({query}) as told order by all limit {max(_TOLD.values())}"
            ).fetchall()
    except (OSError, duckdb.Error):
        return {}
    return {column: [str(row[place]) for row in rows[: _TOLD[column]]] for place, column in enumerate(columns)}
