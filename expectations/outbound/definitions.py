"""The definitions of the KPIs as readers get them, and the rule that they are those of the seed. Rules about figures follow them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from expectations.outbound.mart import Mart
from expectations.sql import identifier, literal, text_of
from expectations.suites import Rule

# The mart that carries the definitions.
DEFINITIONS = "scoreboard.kpi_coverage"

# Names that the seed and the mart have in common and that rules, figures and headlines follow.
_FOLLOWED = (
    *("family", "unit", "numerator", "denominator", "divisor", "scale", "interval", "lowest", "highest"),
    *("adds_up_over_members", "adds_up_over_days", "headline_place"),
)
_NUMBERS = frozenset({"divisor", "scale", "lowest", "highest", "headline_place"})

Definition = Mapping[str, str]


def read_definitions(seed: Path) -> list[Definition]:
    """The lines of the seed file, in its order."""
    with seed.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def definitions_are_those_of_the_seed(mart: Mart, declared: Sequence[Definition]) -> Rule:
    """The mart of definitions has a row for each of ``declared``, and what is followed stands in it."""
    columns = ("kpi_id", *_FOLLOWED)
    rows = ", ".join(f"({', '.join(_value(line, column) for column in columns)})" for line in declared)
    # A number as text may be written in two ways, so numbers are compared as numbers.
    differ = " or ".join(f"declared.{column} is distinct from {_comparable(column)}" for column in _FOLLOWED)
    return Rule(
        name="definitions_are_those_of_the_seed",
        severity="critical",
        meaning="every KPI of seeds/reference/kpi_definitions.csv is there, with its measures, bounds and additivity, and no other is.",
        checked=f"select count(*) from {mart.relation}",
        failing=f"""
            select coalesce(declared.kpi_id, {text_of("mart.kpi_id")}) as example
            from (values {rows}) as declared ({", ".join(columns)})
            full join {mart.relation} as mart
                on declared.kpi_id = mart.kpi_id
            where declared.kpi_id is null or mart.kpi_id is null or {differ}
        """,
        relations=(mart.subject,),
        counted="KPIs",
    )


def _value(line: Definition, column: str) -> str:
    value = line[column]
    if value == "":
        return "cast(null as double)" if column in _NUMBERS else "cast(null as varchar)"
    return f"cast({literal(value)} as double)" if column in _NUMBERS else literal(value)


def _comparable(column: str) -> str:
    mart_column = identifier("mart", column)
    return f"cast({mart_column} as double)" if column in _NUMBERS else f"cast({mart_column} as varchar)"
