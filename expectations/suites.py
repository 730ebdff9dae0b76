"""The words in which expectations are written: a rule about a table, and a suite of rules. Knows no Great Expectations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from expectations.own import Own
from expectations.thresholds import EXAMPLES_KEPT

Severity = Literal["critical", "warning"]
Stage = Literal["inbound", "outbound"]


@dataclass(frozen=True)
class Rule:
    """One claim about one table: as two queries, or as expectations of the library (``own``) with the queries to say what is wrong.

    ``checked`` is a query for one number: how many rows the claim is about. ``failing`` is a query for the rows that break
    it; its column ``example`` says in words which row that is, and never carries personal data.
    ``relations`` are the tables both read, ``counted`` is what they count where it is not rows of the table. What both read that is dear to
    make is a query of its own, ``given``, which they name as that.
    """

    name: str
    severity: Severity
    meaning: str
    checked: str
    failing: str
    relations: tuple[str, ...]
    counted: str = "rows"
    own: tuple[Own, ...] = ()
    given: str = ""

    @property
    def query(self) -> str:
        """One query with one row: rows_checked, rows_failed and a few examples, in a stable order."""
        given = f"given as materialized ({self.given})," if self.given else ""
        return f"""
            with {given} failing_rows as ({self.failing}),
            first_examples as (
                select distinct failing_rows.example from failing_rows order by failing_rows.example limit {EXAMPLES_KEPT}
            )
            select
                cast(({self.checked}) as bigint) as rows_checked,
                (select count(*) from failing_rows) as rows_failed,
                (select list(first_examples.example order by first_examples.example) from first_examples) as examples
        """


@dataclass(frozen=True)
class Suite:
    """What has to hold of one table."""

    subject: str
    meaning: str
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        names = [rule.name for rule in self.rules]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"The suite of {self.subject} has several rules named {', '.join(repeated)}; a rule's name says it apart.")
