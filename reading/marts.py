"""Marts that stand beside the scoreboard: league tables, mixes, hours. The manifest says what they are; none is known here.

A mart is read in whole or by the equality of some of its columns: of one period, of one dimension.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reading.manifest import TableEntry
from reading.refreshes import CHECKS, LEDGER, REJECTED_ROWS, ROW_ACCOUNTING
from reading.snapshot import OpenSnapshot
from reading.statements import Cell

_OF_REFRESHES = {CHECKS, LEDGER, REJECTED_ROWS, ROW_ACCOUNTING}
_KEYS = ("period_grain", "period_start", "dimension", "member")


@dataclass(frozen=True)
class MartRows:
    """Rows of a mart, in the order of its first columns; ``row_count`` is how many there are beyond those that are listed."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    row_count: int

    @property
    def records(self) -> list[dict[str, Any]]:
        """Each row by the names of its columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def find_mart(snapshot: OpenSnapshot, name: str) -> TableEntry | None:
    """The mart of that name, whatever its schema; ``None`` where the snapshot was published without it."""
    return next((table for table in snapshot.manifest.tables if table.name == name), None)


def family_marts(snapshot: OpenSnapshot, family: str) -> Sequence[TableEntry]:
    """What a family has beyond the KPIs on the scoreboard."""
    return [
        table
        for table in snapshot.manifest.tables
        if table.schema_name == family and not _holds_kpis(table) and (table.schema_name, table.name) not in _OF_REFRESHES
    ]


def _holds_kpis(table: TableEntry) -> bool:
    """Whether a mart is what the scoreboard is made of. A family without KPIs has its main mart under that name."""
    return table.name == f"kpi_{table.schema_name}" and "kpi_id" in table.types


def values_of(snapshot: OpenSnapshot, mart: TableEntry, column: str, where: Mapping[str, object] | None = None) -> Sequence[Cell]:
    """What a column holds, in order."""
    name, conditions = _quoted(mart, column), _conditions(mart, where or {})
    rows = snapshot.connection.execute(
        f"select distinct {name} from {_full_name(mart)}{conditions} order by {name}", list((where or {}).values())
    ).fetchall()
    return [value for (value,) in rows]


def mart_rows(snapshot: OpenSnapshot, mart: TableEntry, where: Mapping[str, object], *, limit: int) -> MartRows:
    """The first ``limit`` rows whose columns have the values of ``where``."""
    columns = tuple(mart.types)
    conditions, values = _conditions(mart, where), list(where.values())
    order = ", ".join(_quoted(mart, column) for column in columns[: len(_KEYS) + 2])
    shown = ", ".join(_quoted(mart, column) for column in columns)
    rows = snapshot.connection.execute(
        f"select {shown} from {_full_name(mart)}{conditions} order by {order} limit {int(limit)}", values
    ).fetchall()
    counted = snapshot.connection.execute(f"select count(*) from {_full_name(mart)}{conditions}", values).fetchone()
    assert counted is not None
    return MartRows(columns, rows, counted[0])


def member_names(snapshot: OpenSnapshot) -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """English and Chinese names of members, by dimension: those that a table ``core.dim_<dimension>`` gives them."""
    named: dict[str, Mapping[str, tuple[str, str]]] = {}
    for table in snapshot.manifest.tables:
        dimension = table.name.removeprefix("dim_")
        if table.schema_name == "core" and {dimension, "name_en", "name_zh"} <= table.types.keys():
            rows = snapshot.connection.execute(f"select {_quoted(table, dimension)}, name_en, name_zh from {_full_name(table)}").fetchall()
            named[dimension] = {str(member): (english, chinese) for member, english, chinese in rows}
    return named


def _conditions(mart: TableEntry, where: Mapping[str, object]) -> str:
    return " where " + " and ".join(f"{_quoted(mart, column)} = ?" for column in where) if where else ""


def _quoted(mart: TableEntry, column: str) -> str:
    if column not in mart.types:
        raise KeyError(f"{mart.full_name} has no column {column!r}. It has: {', '.join(mart.types)}.")
    return f'"{column}"'


def _full_name(mart: TableEntry) -> str:
    return f'"{mart.schema_name}"."{mart.name}"'
