"""A rule as a Great Expectations expectation: one query, three answers (rows checked, rows failed, examples).

For what the library's own expectations cannot say: parts that add up, figures beside their definitions, rows counted twice.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

import sqlalchemy
from great_expectations.core import ExpectationValidationResult
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider
from great_expectations.render.components import LegacyRendererType, RenderedStringTemplateContent
from great_expectations.render.renderer.renderer import renderer
from sqlalchemy.exc import SQLAlchemyError

from expectations.plain_words import in_plain_words

OUTCOME_METRIC = "rule.outcome"

# SQLAlchemy takes a colon before a word for a parameter, also between quotes.
_PARAMETER_COLON = re.compile(r":(?=\w)")


class RuleCouldNotRun(RuntimeError):
    """A rule's query failed. Says nothing about the data."""


class RuleOutcome(QueryMetricProvider):
    """Runs a rule's query and returns its single row as a mapping."""

    metric_name = OUTCOME_METRIC
    value_keys = ("query",)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _outcome(
        cls,  # noqa: N805  (the decorator makes it a class method)
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, Any]:
        query = sqlalchemy.text(_PARAMETER_COLON.sub(r"\\:", metric_value_kwargs["query"]))
        try:
            return dict(execution_engine.execute_query(query).one()._mapping)
        except SQLAlchemyError as error:
            # Cut off from its cause: a database quotes values in its errors, and Data Docs print the traceback.
            raise RuleCouldNotRun(in_plain_words(str(error))) from None


class ExpectRuleToHold(BatchExpectation):
    """Expect no row of the table to break a rule that is given as a query."""

    rule: str
    meaning: str
    counted: str
    query: str

    metric_dependencies: ClassVar[tuple[str, ...]] = (OUTCOME_METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("query",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        outcome: dict[str, Any] = metrics[OUTCOME_METRIC]
        failed, checked, examples = outcome["rows_failed"], outcome["rows_checked"], outcome["examples"] or []
        named = f": {'; '.join(examples)}" if examples else ""
        return {
            "success": failed == 0,
            "result": {
                "observed_value": f"{failed:,} of {checked:,} {self.counted} break it{named}",
                "rows_checked": checked,
                "rows_failed": failed,
                "examples": examples,
            },
        }

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    def _prescriptive_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> list[RenderedStringTemplateContent]:
        stated = configuration or (result.expectation_config if result else None)
        if stated is None:
            return []
        return [
            RenderedStringTemplateContent(
                content_block_type="string_template",
                string_template={
                    "template": "$rule ($severity): $meaning",
                    "params": {"rule": stated.kwargs["rule"], "severity": str(stated.severity.value), "meaning": stated.kwargs["meaning"]},
                    "styling": {"params": {"rule": {"classes": ["badge", "badge-secondary"]}}},
                },
            )
        ]
