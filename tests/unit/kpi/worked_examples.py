"""Reads the worked examples that a family's docs hold, so that what people read there is what its marts say.

Two tables of `_<family>__docs.md` are read. That of the KPIs has a row per KPI whose column `figures` gives months of the example
shop: `2025-03: 5/7` are numerator and denominator, `2025-03: 7` is a count, `2025-03: 99.5 over 3` a sum and `2025-03: 470 of 4` a quantile
of so many cases; `of` also says n where it is not the denominator. That of the marts beside the family has a row per claim: which row
(`clock queue`) has which figures (`ticket_count 5, minutes_median 5`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

from tests.support.warehouse import PROJECT_ROOT

KPI_TABLE = ["KPI", "formula", "figures", "worked example"]
BESIDE_TABLE = ["mart", "row", "figures", "worked example"]
# What a row of a mart beside the family is of, as far as the claim does not say otherwise.
USUAL_ROW = {"period_grain": "month", "period_start": "2025-03-01", "dimension": "overall", "member": "all"}


@dataclass(frozen=True)
class KpiExample:
    """What a month of the example shop says of a KPI."""

    kpi_id: str
    month: str
    value: float | None
    numerator: float | None
    denominator: float | None
    n: int


@dataclass(frozen=True)
class MartExample:
    """What a row of a mart beside the family says."""

    mart: str
    row: Mapping[str, str]
    figures: Mapping[str, float | None]


def kpi_examples(family: str) -> list[KpiExample]:
    """Every month of every KPI in the family's docs."""
    return [
        kpi_example(line["KPI"], *figure.split(": "))
        for line in _lines(_docs(family), KPI_TABLE)
        for figure in _some(line["figures"].split("; "), line["KPI"])
    ]


def mart_examples(family: str) -> list[MartExample]:
    """Every claim about a mart beside the family in its docs."""
    return [
        MartExample(
            line["mart"],
            dict(_pairs(line["row"])) if line["row"] else {},
            {name: _number(value) for name, value in _pairs(line["figures"])},
        )
        for line in _lines(_docs(family), BESIDE_TABLE)
    ]


def assert_mart_says(connection: duckdb.DuckDBPyConnection, family_mart: str, example: KpiExample) -> None:
    """A family's mart has the figures of an example, and an interval around the value if it has one."""
    (found,) = connection.execute(
        f"select value, numerator, denominator, n, lower, upper from {family_mart}"
        " where kpi_id = ? and period_start = ? and period_grain = 'month' and dimension = 'overall' and member = 'all'",
        [example.kpi_id, example.month],
    ).fetchall()
    *figures, lower, upper = found
    assert tuple(figures) == (example.value, example.numerator, example.denominator, example.n)
    assert (lower is None) == (upper is None)
    if lower is not None:
        assert lower <= example.value <= upper


def computed_kpis(connection: duckdb.DuckDBPyConnection, family_mart: str) -> set[str]:
    """The KPIs that a family's mart computes."""
    return {kpi_id for (kpi_id,) in connection.execute(f"select distinct kpi_id from {family_mart}").fetchall()}


def row_of(connection: duckdb.DuckDBPyConnection, table: str, example: MartExample) -> dict[str, Any]:
    """The one row of a mart that a claim is about."""
    columns = {name for (name,) in connection.execute(f"select column_name from (describe {table})").fetchall()}
    row = {**{name: value for name, value in USUAL_ROW.items() if name in columns}, **example.row}
    condition = " and ".join(f"{name} = ?" for name in row)
    cursor = connection.execute(f"select {', '.join(example.figures)} from {table} where {condition}", list(row.values()))
    (found,) = cursor.fetchall()
    return {name: None if value is None else float(value) for name, value in zip(example.figures, found, strict=True)}


def _docs(family: str) -> str:
    path: Path = PROJECT_ROOT / "models" / "marts" / family / f"_{family}__docs.md"
    return path.read_text(encoding="utf-8")


def _lines(text: str, header: list[str]) -> Iterator[dict[str, str]]:
    lines = iter(text.splitlines())
    for line in lines:
        if _cells(line) == header:
            next(lines)
            break
    else:
        raise ValueError(f"the docs have no table with the columns {', '.join(header)}")
    for line in lines:
        if not line.startswith("|"):
            return
        yield dict(zip(header, _cells(line), strict=True))


def _cells(line: str) -> list[str]:
    return [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]


def _some(figures: list[str], kpi_id: str) -> list[str]:
    if figures == [""]:
        raise ValueError(f"{kpi_id} has no figures in the docs: write `2025-03: 5/7` into its column `figures`")
    return figures


def kpi_example(kpi_id: str, month: str, figure: str) -> KpiExample:
    total, _, summed = figure.partition(" over ")
    if summed:
        return KpiExample(kpi_id, f"{month}-01", float(total), float(total), None, int(summed))
    figure, _, cases = figure.partition(" of ")
    if "/" in figure:
        numerator, denominator = (float(part) for part in figure.split("/"))
        value = numerator / denominator if denominator else None
        return KpiExample(kpi_id, f"{month}-01", value, numerator, denominator, int(cases or denominator))
    value = _number(figure)
    if cases:
        return KpiExample(kpi_id, f"{month}-01", value, None, None, int(cases))
    assert value is not None, f"{kpi_id} {month}: a count is a number"
    return KpiExample(kpi_id, f"{month}-01", value, value, None, int(value))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for pair in text.split(", "):
        match = re.fullmatch(r"(\w+) (.+)", pair)
        if match is None:
            raise ValueError(f"{pair!r} is no name and value: write `ticket_count 2`")
        yield match[1], match[2]


def _number(text: str) -> float | None:
    return None if text == "null" else float(Fraction(text))
