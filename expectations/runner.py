"""Runs suites over a DuckDB file and says what came out. The only place that makes a Great Expectations context.

The process that calls ``run_suites`` holds the file until it ends; the command ``python -m expectations`` is
there to be that process.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from expectations.data_docs import SITE_NAME, finish_pages, remove_pages, site_configuration
from expectations.plain_words import in_plain_words
from expectations.sql import relation
from expectations.suites import Rule, Stage, Suite
from expectations.thresholds import EXAMPLES_SHOWN
from orchestration.settings import MEMORY_LIMIT
from reading.check_results import CheckResult
from reading.connection import SETTINGS

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource


# Where an expectation keeps the name of the rule it decides.
_RULE = "rule"


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
    tables, kept_for_docs = _tables(datasource), None if data_docs is None else run_name
    results = [result for suite in suites for result in _run_suite(context, datasource, tables, suite, stage, kept_for_docs=kept_for_docs)]
    if data_docs is not None:
        remove_pages(data_docs)
        context.build_data_docs()
        finish_pages(data_docs, stage, results)
    return results


def load_library() -> None:
    """Import Great Expectations as it is used here: it speaks to nobody. Half of what a stage of a small shop costs."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # What breaks is told in the results, in our words; the library's log quotes values.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    with _without_what_is_not_used():
        import expectations.rule_expectation  # noqa: F401  # pyright: ignore[reportUnusedImport]
    from expectations.gx_on_duckdb import keep_duckdb_connections

    keep_duckdb_connections()


@contextmanager
def _without_what_is_not_used() -> Generator[None]:
    """Three expectations about distributions, none of them used here, take a CPU second to load what they compare and draw them with.

    Of Apache Spark the library knows that it may not be there.
    """
    modules: dict[str, ModuleType | None] = sys.modules  # pyright: ignore[reportAssignmentType]
    left_out = {"scipy": ModuleType("scipy"), "altair": ModuleType("altair"), "pyspark": None}
    vars(left_out["scipy"])["stats"] = None
    left_out = {name: module for name, module in left_out.items() if name not in modules}
    modules.update(left_out)
    try:
        yield
    finally:
        for name in left_out:
            del modules[name]


def _context(data_docs: Path | None) -> EphemeralDataContext:
    """A context that keeps nothing but Data Docs and shows no progress bars."""
    load_library()
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}  # pyright: ignore[reportAttributeAccessIssue]
    for site_name in list(context.get_site_names()):
        context.delete_data_docs_site(site_name)
    if data_docs is not None:
        context.add_data_docs_site(SITE_NAME, site_configuration(data_docs))
    # Its settings are kept nowhere, and yet written anew as YAML with each table: a tenth of what the outbound suites cost.
    setattr(context, "_save_project_config", _nothing)  # noqa: B010
    return context


def _nothing() -> None:
    """What keeping nothing takes."""


def _opened(context: EphemeralDataContext, database: Path) -> SQLDatasource:
    """The file as a data source, with the settings every connection of the project has."""
    from sqlalchemy import event

    from expectations.gx_on_duckdb import SCHEME

    options: dict[str, Any] = {
        "name": "database",
        "connection_string": f"{SCHEME}:///{database}",
        "kwargs": {"connect_args": {"read_only": True, "config": {"memory_limit": MEMORY_LIMIT.text}}},
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
    context: EphemeralDataContext,
    datasource: SQLDatasource,
    tables: frozenset[str],
    suite: Suite,
    stage: Stage,
    *,
    kept_for_docs: str | None,
) -> Iterator[CheckResult]:
    """Of each rule what came out; for Data Docs that is kept under the name ``kept_for_docs`` (None for none)."""
    import great_expectations as gx
    from great_expectations.validator.v1_validator import Validator

    asks_itself = suite.subject in tables and any(rule.own for rule in suite.rules)
    if asks_itself:
        schema, _, table = suite.subject.partition(".")
        batch = datasource.add_table_asset(suite.subject, table_name=table, schema_name=schema).add_batch_definition_whole_table(
            "all of it"
        )
    else:
        # A table asset of a table that is not there cannot be made, and its absence is a result too: the query of every rule says so.
        asset = datasource.add_query_asset(suite.subject, query=f"select count(*) as row_count from {relation(suite.subject)}")
        batch = asset.add_batch_definition("all of it")
    expectations = [expectation for rule in suite.rules for expectation in _expectations(rule, asks_itself=asks_itself)]
    gx_suite = gx.ExpectationSuite(name=suite.subject, expectations=expectations, notes=suite.meaning)
    # Of the rows that break an expectation only their number: the values may be personal data.
    validator = Validator(batch_definition=batch, result_format={"result_format": "BASIC", "partial_unexpected_count": 0})
    outcome = validator.validate_expectation_suite(gx_suite)
    if kept_for_docs is not None:
        _keep_for_docs(context, outcome, batch_id=validator.active_batch_id, run_name=kept_for_docs)
    said: dict[str, list[ExpectationValidationResult]] = {rule.name: [] for rule in suite.rules}
    for result in outcome.results:
        if result.expectation_config is not None:
            said[str((result.expectation_config.meta or {})[_RULE])].append(result)
    for rule in suite.rules:
        yield _check_result(suite, rule, said[rule.name], stage, datasource)


def _keep_for_docs(
    context: EphemeralDataContext, outcome: ExpectationSuiteValidationResult, *, batch_id: str | None, run_name: str
) -> None:
    """What a validation of the library's own would do besides. It keeps the suite and itself too, and compares each with what is kept."""
    from great_expectations.core.run_identifier import RunIdentifier
    from great_expectations.data_context.types.resource_identifiers import ExpectationSuiteIdentifier, ValidationResultIdentifier

    run, suite = RunIdentifier(run_name=run_name), ExpectationSuiteIdentifier(name=outcome.suite_name)
    outcome.meta |= {"run_id": run, "validation_time": run.run_time}
    identifier = ValidationResultIdentifier(batch_identifier=batch_id, expectation_suite_identifier=suite, run_id=run)
    context.validation_results_store.store_validation_results(outcome, identifier, suite)


def _tables(datasource: SQLDatasource) -> frozenset[str]:
    """The tables that are there."""
    with datasource.get_engine().connect() as connection:
        return frozenset(connection.exec_driver_sql("select schema_name || '.' || table_name from duckdb_tables()").scalars())


def _expectations(rule: Rule, *, asks_itself: bool) -> Iterator[Any]:
    """The expectations that decide a rule: the library's own where it has them, else its query."""
    import great_expectations.expectations as library
    from great_expectations.expectations.metadata_types import FailureSeverity

    from expectations.rule_expectation import ExpectRuleToHold

    common: dict[str, Any] = {"severity": FailureSeverity(rule.severity), "meta": {_RULE: rule.name}}
    if rule.own and asks_itself:
        for claim in rule.own:
            yield getattr(library, claim.expectation)(**claim.arguments, notes=f"{rule.name} ({rule.severity}): {rule.meaning}", **common)
    else:
        yield ExpectRuleToHold(rule=rule.name, meaning=rule.meaning, counted=rule.counted, query=rule.query, **common)


def _check_result(
    suite: Suite, rule: Rule, said: Sequence[ExpectationValidationResult], stage: Stage, datasource: SQLDatasource
) -> CheckResult:
    checked: int | None = None
    failed: int | None = None
    examples: list[str] = []
    broken = next((message for result in said if (message := exception_message(result.exception_info)) is not None), None)
    if broken is None and any("rows_checked" not in result.result for result in said):
        checked, failed, examples, broken = _counted(rule, said, datasource)
    elif broken is None:
        answer = said[0].result
        checked, failed, examples = answer["rows_checked"], answer["rows_failed"], answer["examples"]
    if broken is not None:
        status = "error"
        checked = failed = None
        message = f"{suite.subject}: the check {rule.name} could not run, so nothing is known of the data. {in_plain_words(broken)}"
    else:
        status = "passed" if all(result.success for result in said) else "failed"
        message = "" if status == "passed" else failure_message(suite.subject, rule, checked or 0, failed or 0, examples)
    details = json.dumps({"meaning": rule.meaning, "examples": examples}, ensure_ascii=False)
    return CheckResult(stage, suite.subject, rule.name, rule.severity, status, checked, failed, message, details)


def _counted(
    rule: Rule, said: Sequence[ExpectationValidationResult], datasource: SQLDatasource
) -> tuple[int | None, int | None, list[str], str | None]:
    """How many rows the library's own expectations looked at and found wrong, which these are, and what hindered finding that out.

    The library counts values, of several columns or in pairs; where something is wrong the rule's own query counts rows and names some.
    """
    if all(result.success for result in said):
        return _looked_at(said[0].result), 0, [], None
    try:
        with datasource.get_engine().connect() as connection:
            checked, failed, examples = connection.exec_driver_sql(rule.query).one()
    except SQLAlchemyError as error:
        return None, None, [], str(error)
    values = [int(result.result.get("unexpected_count", 1)) for result in said if not result.success]
    return checked, failed or max(values), examples or [], None


def _looked_at(answer: Mapping[str, Any]) -> int:
    """Rows, where the library says how many; else what it observed of the table: its number of rows, or its columns."""
    observed = answer.get("element_count", answer.get("observed_value"))
    return observed if isinstance(observed, int) else len(observed or ())


def exception_message(exception_info: Mapping[str, Any] | None) -> str | None:
    """What was raised while a result was computed, or None when nothing was.

    Great Expectations keeps one mapping when the expectation raised, and one per metric when a metric did.
    """
    if not exception_info:
        return None
    infos: list[Any] = [exception_info] if "raised_exception" in exception_info else list(exception_info.values())
    raised = [str(info["exception_message"]) for info in infos if info.get("raised_exception")]
    return raised[0] if raised else None


def failure_message(subject: str, rule: Rule, checked: int, failed: int, examples: Sequence[str]) -> str:
    """Which table, which rule, how many rows, and a few of them."""
    named = f" For example: {'; '.join(examples[:EXAMPLES_SHOWN])}." if examples else ""
    return f"{subject} breaks {rule.name}: {failed:,} of {checked:,} {rule.counted}. Expected: {rule.meaning}{named}"
