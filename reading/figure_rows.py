"""The rows behind a figure: which tickets, requests, responses or orders are in it, and what each adds to numerator and denominator.

Follows the snapshot's own declaration of its measures (``scoreboard.kpi_measures``); no KPI, measure or fact is known here. What is
counted by a key has one row a key; a state has one for each key that it is made up of at the period's end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any

from reading.errors import LacksTable
from reading.kpis import Grain, KpiFigure
from reading.snapshot import OpenSnapshot, said_when_lacking

# Beside the first column of the facts, which is their key: what people look a row up by.
_SHOWN_KEYS = ("ticket_key", "request_key", "order_key", "turn_number")
_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


@dataclass(frozen=True)
class Cell:
    """One figure of a KPI."""

    kpi_id: str
    grain: Grain
    dimension: str
    figure: KpiFigure


@dataclass(frozen=True)
class FigureRows:
    """Rows of one kind of facts: ``columns`` name what each has; the parts of a side that these facts are not of are ``None``.

    ``rows`` may be fewer than ``row_count``; the sums are of all.
    """

    facts: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]
    row_count: int
    numerator: Decimal | None
    denominator: Decimal | None


@dataclass(frozen=True)
class RowQuery:
    """One row a key, with its day and what it adds to ``numerator`` and ``denominator``."""

    facts: str
    sql: str
    parameters: dict[str, Any]
    keys: tuple[str, ...]
    day: str


@dataclass(frozen=True)
class _Measure:
    fact_schema: str
    fact_table: str
    day_column: str
    members: str
    row_condition: str
    counted_key: str
    is_state: bool
    added: str
    latest_by: str

    @property
    def source(self) -> tuple[str, ...]:
        """What two measures share whose parts stand in one list."""
        return (self.fact_schema, self.fact_table, self.day_column, self.members, self.row_condition, self.counted_key, str(self.is_state))


def figure_rows(snapshot: OpenSnapshot, cell: Cell, *, limit: int | None) -> list[FigureRows]:
    """The first ``limit`` rows behind a figure, by day: of each kind of facts that its measures are of, the numerator's first."""
    return [_listed(snapshot, query, limit) for query in row_queries(snapshot, cell)]


def row_queries(snapshot: OpenSnapshot, cell: Cell) -> list[RowQuery]:
    """The queries for the rows behind a figure, in the order of ``figure_rows``."""
    with said_when_lacking("declaration of measures"):
        found = snapshot.connection.execute(
            "select numerator, denominator, divisor, scale from scoreboard.kpi_coverage where kpi_id = ?", [cell.kpi_id]
        ).fetchall()
        parts: dict[tuple[str, ...], dict[str, tuple[_Measure, int]]] = {}
        for numerator, denominator, divisor, scale in found:
            for side, name, unit in (("numerator", numerator, divisor), ("denominator", denominator, scale)):
                if name is not None:
                    measure = _measure(snapshot, name)
                    parts.setdefault(measure.source, {})[side] = (measure, unit)
        return [_query(snapshot, cell, sides) for sides in parts.values()]


def _measure(snapshot: OpenSnapshot, name: str) -> _Measure:
    row = snapshot.connection.execute(
        "select fact_schema, fact_table, day_column, members, row_condition, counted_key, is_state, added, latest_by"
        " from scoreboard.kpi_measures where measure = ?",
        [name],
    ).fetchone()
    if row is None:
        raise LacksTable(f"The snapshot does not say of which rows {name} is made. Run: aftersales refresh --full")
    measure, as_of = _Measure(*row), snapshot.manifest.as_of
    moment = "" if as_of is None else as_of.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return replace(measure, added=measure.added.replace("{as_of}", moment))


def _query(snapshot: OpenSnapshot, cell: Cell, sides: dict[str, tuple[_Measure, int]]) -> RowQuery:
    (measure, _), *_ = sides.values()
    first_on = cell.figure.period_start
    conditions = [f"facts.{measure.day_column} < $end", f"({measure.row_condition})"]
    parameters: dict[str, Any] = {"end": _end_of(first_on, cell.grain)}
    if not measure.is_state:
        conditions.append(f"facts.{measure.day_column} >= $start")
        parameters["start"] = first_on
    if cell.dimension != "overall":
        columns = dict(pair.split(":") for pair in measure.members.split(","))
        conditions.append(f"coalesce(cast(facts.{columns[cell.dimension]} as varchar), 'unknown') = $member")
        parameters["member"] = cell.figure.member
    keys = [measure.counted_key] if measure.counted_key else _keys(snapshot, measure)
    added = {side: _added(*sides[side]) if side in sides else "cast(null as decimal(38, 9))" for side in ("numerator", "denominator")}
    named = ", ".join([f"facts.{key}" for key in keys])
    day = f"max(facts.{measure.day_column})" if measure.counted_key else f"facts.{measure.day_column}"
    query = (
        f"select {named}, {day} as {measure.day_column}, {added['numerator']} as numerator, {added['denominator']} as denominator"
        f' from "{measure.fact_schema}"."{measure.fact_table}" as facts where {" and ".join(conditions)}'
        + (f" group by {named}" if measure.counted_key else "")
    )
    counts = "(numerator <> 0 or denominator <> 0)" if measure.is_state else "(numerator is not null or denominator is not null)"
    query = f"select * from ({query}) as added where {counts}"
    return RowQuery(f"{measure.fact_schema}.{measure.fact_table}", query, parameters, tuple(keys), measure.day_column)


def _listed(snapshot: OpenSnapshot, asked: RowQuery, limit: int | None) -> FigureRows:
    connection, order = snapshot.connection, ", ".join([asked.day, *asked.keys])
    cut = "" if limit is None else f" limit {limit}"
    rows = connection.execute(f"{asked.sql} order by {order}{cut}", asked.parameters).fetchall()
    totals = connection.execute(
        f"select count(*), sum(numerator), sum(denominator) from ({asked.sql}) as listed", asked.parameters
    ).fetchone()
    assert totals is not None
    return FigureRows(asked.facts, (*asked.keys, asked.day, "numerator", "denominator"), rows, *totals)


def _added(measure: _Measure, unit: int) -> str:
    """What a row, or all rows of a key, add to a side, in the KPI's unit."""
    added = measure.added
    if measure.is_state:
        added = f"sum({added})"
    elif measure.latest_by:
        added = f"max_by({added}, {measure.latest_by}) filter (where {added} is not null)"
    elif measure.counted_key:
        added = f"max({added})"
    return f"cast({added} as decimal(38, 9)) / {unit}" if unit != 1 else f"cast({added} as decimal(38, 9))"


def _keys(snapshot: OpenSnapshot, measure: _Measure) -> list[str]:
    (table,) = (each for each in snapshot.manifest.tables if (each.schema_name, each.name) == (measure.fact_schema, measure.fact_table))
    names = [column.name for column in table.columns]
    return [names[0], *(name for name in _SHOWN_KEYS if name in names[1:])][:2]


def _end_of(start: date, grain: Grain) -> date:
    if grain in _MONTHS:
        months = start.year * 12 + start.month - 1 + _MONTHS[grain]
        return date(months // 12, months % 12 + 1, 1)
    return start + timedelta(days=7 if grain == Grain.WEEK else 1)
