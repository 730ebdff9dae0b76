"""Runs suites over a DuckDB file and says what came out. The only place that makes a Great Expectations context.

The process that calls ``run_suites`` holds the file until it ends; the command ``python -m expectations`` is
there to be that process.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.check_results import CheckResult
from expectations.data_docs import SITE_NAME, finish_pages, remove_pages, site_configuration
from expectations.sql import relation
from expectations.suites import Rule, Stage, Suite
from expectations.thresholds import EXAMPLES_SHOWN
from orchestration.connections import SETTINGS, memory_limit

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource


def run_suites(
    database: Path, suites: Sequence[Suite], *, stage: Stage, data_docs: Path | None = None, run_name: str = "by-hand"
) -> list[CheckResult]:
    """Run ``suites`` over the file ``database`` and build Data Docs of them in the folder ``data_docs`` (None for none).

    Returns one result per rule, in the order of the suites. Raises ``FileNotFoundError`` when there is no such file.
    """
    if not database.is_file():
        raise FileNotFoundError(f"There is no database at {database}. Load the extracts first: aftersales refresh.")
    context = _context(data_docs)
    datasource = _opened(context, database)
    results = [result for suite in suites for result in _run_suite(context, datasource, suite, stage, run_name)]
    if data_docs is not None:
        remove_pages(data_docs)
        context.build_data_docs()
        finish_pages(data_docs, stage, results)
    return results


def _context(data_docs: Path | None) -> EphemeralDataContext:
    """A context that keeps nothing but Data Docs, shows no progress bars and speaks to nobody."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    from expectations.gx_on_duckdb import keep_duckdb_connections

    keep_duckdb_connections()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # pyright: ignore[reportAttributeAccessIssue]
    for site_name in list(context.get_site_names()):
        context.delete_data_docs_site(site_name)
    if data_docs is not None:
        context.add_data_docs_site(SITE_NAME, site_configuration(data_docs))
    return context


def _opened(context: EphemeralDataContext, database: Path) -> SQLDatasource:
    """The file as a data source, with the settings every connection of the project has."""
    from sqlalchemy import event

    options: dict[str, Any] = {
        "name": "database",
        "connection_string": f"duckdb:///{database}",
        "kwargs": {"connect_args": {"read_only": True, "config": {"memory_limit": memory_limit()}}},
    }
    datasource: SQLDatasource = context.data_sources.add_sql(**options)
    engine = datasource.get_engine()

    @event.listens_for(engine, "connect")
    def apply_settings(connection: Any, record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        cursor = connection.cursor()
        for name, value in SETTINGS.items():
            cursor.execute(f"set {name} = '{value}'")
        cursor.close()

    return datasource


def _run_suite(
    context: EphemeralDataContext, datasource: SQLDatasource, suite: Suite, stage: Stage, run_name: str
) -> Iterator[CheckResult]:
    import great_expectations as gx
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.expectations.metadata_types import FailureSeverity

    from expectations.rule_expectation import ExpectRuleToHold

    # A query asset, since a table asset of a table that is not there cannot be made, and its absence is a result too.
    asset = datasource.add_query_asset(suite.subject, query=f"select count(*) as row_count from {relation(suite.subject)}")
    expectations = [
        ExpectRuleToHold(
            rule=rule.name,
            meaning=rule.meaning,
            counted=rule.counted,
            query=rule.query,
            severity=FailureSeverity(rule.severity),
        )
        for rule in suite.rules
    ]
    gx_suite = context.suites.add(gx.ExpectationSuite(name=suite.subject, expectations=expectations, notes=suite.meaning))
    batch = asset.add_batch_definition("whole table")
    validation = context.validation_definitions.add(gx.ValidationDefinition(name=suite.subject, data=batch, suite=gx_suite))
    outcome = validation.run(result_format="SUMMARY", run_id=RunIdentifier(run_name=run_name))
    said = {result.expectation_config.kwargs["rule"]: result for result in outcome.results if result.expectation_config is not None}
    for rule in suite.rules:
        yield _check_result(suite, rule, said[rule.name], stage)


def _check_result(suite: Suite, rule: Rule, said: ExpectationValidationResult, stage: Stage) -> CheckResult:
    checked: int | None = None
    failed: int | None = None
    examples: list[str] = []
    broken = exception_message(said.exception_info)
    if broken is not None:
        status = "error"
        message = f"{suite.subject}: the check {rule.name} could not run, so nothing is known of the data. {broken}"
    else:
        checked, failed, examples = said.result["rows_checked"], said.result["rows_failed"], said.result["examples"]
        status = "passed" if said.success else "failed"
        message = "" if said.success else failure_message(suite.subject, rule, said.result)
    details = json.dumps({"meaning": rule.meaning, "examples": examples}, ensure_ascii=False)
    return CheckResult(stage, suite.subject, rule.name, rule.severity, status, checked, failed, message, details)


def exception_message(exception_info: Mapping[str, Any] | None) -> str | None:
    """What was raised while a result was computed, or None when nothing was.

    Great Expectations keeps one mapping when the expectation raised, and one per metric when a metric did.
    """
    if not exception_info:
        return None
    infos: list[Any] = [exception_info] if "raised_exception" in exception_info else list(exception_info.values())
    raised = [str(info["exception_message"]) for info in infos if info.get("raised_exception")]
    return raised[0] if raised else None


def failure_message(subject: str, rule: Rule, answer: Mapping[str, Any]) -> str:
    """Which table, which rule, how many rows, and a few of them."""
    examples: list[str] = answer["examples"][:EXAMPLES_SHOWN]
    named = f" For example: {'; '.join(examples)}." if examples else ""
    counts = f"{answer['rows_failed']:,} of {answer['rows_checked']:,} {rule.counted}"
    return f"{subject} breaks {rule.name}: {counts}. Expected: {rule.meaning}{named}"
