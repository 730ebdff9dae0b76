"""Measures and KPIs computed a second time, naively, in plain Python from the rows of subjects: what the macros are compared with.

Sums are exact and divided last, as the marts promise, so that figures are compared to the last bit; only the bounds of intervals,
which hold roots, are compared approximately. What the world looks like that the rows come from stands beside the tests.
"""

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

Row = dict[str, Any]
Cell = tuple[str, dt.date, str, str]

GRAINS = ("day", "week", "month", "quarter", "year")
LONG_GRAINS = ("month", "quarter", "year")
DETAILED = ("merchant", "agent")
Z = 1.959963984540054


class Measured(NamedTuple):
    """What a measure says of a cell."""

    total: Decimal | None
    squares: Decimal | None
    n: int
    quantile: float | None


class Figures(NamedTuple):
    """What a KPI says of a cell."""

    value: float | None
    numerator: float | None
    denominator: float | None
    n: int
    lower: float | None
    upper: float | None


Measure = Callable[[list[Row]], Measured]


@dataclass(frozen=True)
class Subject:
    """The rows of one kind of facts with the measures of them, and the dimensions they know."""

    rows: list[Row]
    date: str
    dimensions: tuple[str, ...]
    measures: Mapping[str, Measure]
    cells: dict[Cell, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            for cell in cells_of(row, row[self.date], self.dimensions) if row[self.date] else ():
                self.cells.setdefault(cell, []).append(row)


@dataclass(frozen=True)
class Definition:
    """A line of kpi_definitions."""

    kpi_id: str
    numerator: str
    denominator: str | None = None
    divisor: int = 1
    scale: int = 1
    interval: str = "none"


def period_starts(day: dt.date) -> dict[str, dt.date]:
    """The first day of the period of each grain that a day belongs to."""
    return {
        "day": day,
        "week": day - dt.timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1),
        "year": day.replace(month=1, day=1),
    }


def cells_of(row: Row, day: dt.date, dimensions: Iterable[str]) -> Iterable[Cell]:
    """Every cell that a row of a day is counted in."""
    columns = {"merchant": "merchant_key"}
    for grain, start in period_starts(day).items():
        yield grain, start, "overall", "all"
        for dimension in dimensions:
            if dimension not in DETAILED or grain in LONG_GRAINS:
                yield grain, start, dimension, row[columns.get(dimension, dimension)] or "unknown"


def count(condition: Callable[[Row], Any]) -> Measure:
    def measure(rows: list[Row]) -> Measured:
        n = sum(bool(condition(row)) for row in rows)
        return Measured(Decimal(n), None, n, None)

    return measure


def total(column: str, condition: Callable[[Row], Any] = bool, *, squares: bool = False) -> Measure:
    def measure(rows: list[Row]) -> Measured:
        known = [Decimal(str(row[column])) for row in rows if row[column] is not None and condition(row)]
        return Measured(sum(known, Decimal()), sum((value * value for value in known), Decimal()) if squares else None, len(known), None)

    return measure


def cases(column: str) -> Measure:
    return count(lambda row: row[column] is not None)


def quantile(column: str, share: Fraction) -> Measure:
    def measure(rows: list[Row]) -> Measured:
        known = sorted(Fraction(str(row[column])) for row in rows if row[column] is not None)
        if not known:
            return Measured(None, None, 0, None)
        position = share * (len(known) - 1)
        below = math.floor(position)
        above = min(below + 1, len(known) - 1)
        return Measured(None, None, len(known), float(round(known[below] + (known[above] - known[below]) * (position - below), 7)))

    return measure


def distinct(key: str, condition: Callable[[Row], Any]) -> Measure:
    def measure(rows: list[Row]) -> Measured:
        n = len({row[key] for row in rows if condition(row)})
        return Measured(Decimal(n), None, n, None)

    return measure


def latest(key: str, answer: str, moment: str) -> Measure:
    def measure(rows: list[Row]) -> Measured:
        answers: dict[str, bool] = {}
        for row in sorted(rows, key=lambda row: row[moment]):
            if row[answer] is not None:
                answers[row[key]] = row[answer]
        n = sum(answers.values())
        return Measured(Decimal(n), None, n, None)

    return measure


def measured_cells(subject: Subject, measure: str, as_of_on: dt.date) -> dict[Cell, Measured]:
    """The rows of a measure: all cells with facts, those of as_of overall, and under dimensions with many members cells with a case."""
    compute = subject.measures[measure]
    found = {cell: compute(rows) for cell, rows in subject.cells.items()}
    for grain, start in period_starts(as_of_on).items():
        found.setdefault((grain, start, "overall", "all"), compute([]))
    return {cell: measured for cell, measured in found.items() if cell[2] not in DETAILED or measured.n > 0}


def figures_of(definition: Definition, subjects: Mapping[str, Subject], as_of_on: dt.date) -> dict[Cell, Figures]:
    """The rows of a KPI."""
    owner = {measure: name for name, subject in subjects.items() for measure in subject.measures}
    parts = [part for part in (definition.numerator, definition.denominator) if part]
    measured = {part: measured_cells(subjects[owner[part]], part, as_of_on) for part in parts}
    dimensions = set.intersection(*({"overall", *(cell[2] for cell in subjects[owner[part]].cells)} for part in parts))
    if len({owner[part] for part in parts}) > 1:
        dimensions -= {"source_system"}

    cells = {cell for cell, measure in measured[parts[-1]].items() if cell[2] in DETAILED and measure.n > 0}
    first_on: dict[tuple[str, str], dt.date] = {}
    for part in parts:
        for grain, start, dimension, member in measured[part]:
            if grain == "day" and dimension not in DETAILED:
                first_on[dimension, member] = min(start, first_on.get((dimension, member), start))
    for (dimension, member), first in first_on.items():
        for days in range((as_of_on - first).days + 1):
            cells |= {(grain, start, dimension, member) for grain, start in period_starts(first + dt.timedelta(days=days)).items()}

    of_numerator = subjects[owner[definition.numerator]]
    if definition.denominator is None:
        is_known = any(measure.n > 0 for measure in measured[definition.numerator].values())
    else:
        is_known = owner[definition.numerator] == owner[definition.denominator] or bool(of_numerator.cells)
    return {cell: _figures(definition, cell, measured, is_known=is_known) for cell in cells if cell[2] in dimensions}


def _figures(definition: Definition, cell: Cell, measured: Mapping[str, Mapping[Cell, Measured]], *, is_known: bool) -> Figures:
    nothing = Measured(Decimal(), Decimal(), 0, None)
    above = measured[definition.numerator].get(cell, nothing)
    if above.total is None:
        return Figures(above.quantile / definition.divisor if above.quantile is not None else None, None, None, above.n, None, None)
    if any(measure.quantile is not None for measure in measured[definition.numerator].values()):
        return Figures(None, None, None, above.n, None, None)
    numerator = float(above.total) / definition.divisor
    if definition.denominator is None:
        return Figures(numerator, numerator, None, above.n, None, None) if is_known else Figures(None, None, None, 0, None, None)
    below = measured[definition.denominator].get(cell, nothing)
    denominator = float(below.total or 0) / definition.scale
    if not is_known:
        return Figures(None, None, denominator, below.n, None, None)
    value = numerator / denominator if denominator else None
    lower, upper = _bounds(definition, value, above, below, denominator)
    return Figures(value, numerator, denominator, below.n, lower, upper)


def _bounds(
    definition: Definition, value: float | None, above: Measured, below: Measured, denominator: float
) -> tuple[float | None, float | None]:
    if value is None or definition.interval == "none":
        return None, None
    if definition.interval == "wilson":
        return wilson(value, denominator)
    if definition.interval == "wilson_weighted":
        return wilson(value, denominator**2 / float(below.squares or 0))
    if above.n < 2:
        return None, None
    values, squares = Fraction(above.total or 0) / definition.divisor, Fraction(above.squares or 0) / definition.divisor**2
    half = Z * math.sqrt((squares - values**2 / above.n) / (above.n - 1) / above.n)
    return value - half, value + half


def wilson(share: float, size: float) -> tuple[float, float]:
    """The 95 % Wilson interval."""
    centre = (share + Z**2 / (2 * size)) / (1 + Z**2 / size)
    half = Z / (1 + Z**2 / size) * math.sqrt(share * (1 - share) / size + Z**2 / (4 * size**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def sums_by_dimension(cells: Mapping[Cell, Measured]) -> dict[tuple[str, dt.date, str], Decimal]:
    """The totals of the members of each dimension, added up."""
    sums: dict[tuple[str, dt.date, str], Decimal] = defaultdict(Decimal)
    for (grain, start, dimension, _), measured in cells.items():
        sums[grain, start, dimension] += measured.total or 0
    return dict(sums)
