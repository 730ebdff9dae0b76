"""KPIs of a snapshot: what each means, and its figures over time, from the published scoreboard and its coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import duckdb

from reading.errors import UnknownName, unknown_name
from reading.snapshot import OpenSnapshot, said_when_lacking

_MOST_NAMES = 200


class Grain(StrEnum):
    """The periods of the scoreboard."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True)
class KpiDefinition:
    """A row of ``kpi_coverage``: what the KPI is, and why it has no value where it has none."""

    kpi_id: str
    family: str
    name_en: str
    name_zh: str
    unit: str
    good_direction: str
    date_basis: str
    numerator: str | None
    denominator: str | None
    formula_en: str
    why_empty: str | None
    formula_zh: str | None
    source: str | None
    headline_place: int | None


@dataclass(frozen=True)
class KpiFigure:
    """A row of the scoreboard: one period and member of a KPI."""

    period_start: date
    member: str
    value: float | None
    lower: float | None
    upper: float | None
    numerator: float | None
    denominator: float | None
    n: int | None
    is_small_sample: bool | None
    is_running: bool | None
    previous: float | None
    change: float | None
    change_kind: str
    target: float | None
    status: str | None
    is_whole: bool | None = None
    last_year: float | None = None
    benchmark: float | None = None


_FIGURE = (
    "period_start, member, value, lower, upper, numerator, denominator, n, is_small_sample, is_running_period, previous_value,"
    " change_from_previous, change_kind, target_value, status, is_whole_period, last_year_value, benchmark_value"
)
_DEFINITIONS = """
    select
        kpi_id, family, kpi_name_en, kpi_name_zh, unit, good_direction, date_basis,
        numerator, denominator, formula_en, why_empty, formula_zh, source, headline_place
    from scoreboard.kpi_coverage
"""


def kpi_definitions(snapshot: OpenSnapshot) -> list[KpiDefinition]:
    """Every KPI that is defined, by id."""
    with said_when_lacking("KPI scoreboard"):
        return [KpiDefinition(*row) for row in snapshot.connection.execute(f"{_DEFINITIONS} order by kpi_id").fetchall()]


def kpi_definition(snapshot: OpenSnapshot, kpi_id: str) -> KpiDefinition:
    """What ``kpi_id`` is. Raises ``UnknownName``."""
    known = {definition.kpi_id: definition for definition in kpi_definitions(snapshot)}
    if kpi_id not in known:
        raise UnknownName(unknown_name("KPI", kpi_id, list(known)))
    return known[kpi_id]


def kpi_figures(
    snapshot: OpenSnapshot, kpi_id: str, *, grain: Grain, dimension: str, member: str | None, last: int | None = None
) -> Sequence[KpiFigure]:
    """The figures of the newest ``last`` periods, or of all, oldest first; of every member unless one is named.

    Raises ``UnknownName`` for a dimension or member that the KPI does not have at this grain.
    """
    with said_when_lacking("KPI scoreboard"):
        rows = snapshot.connection.execute(
            f"select {_FIGURE} from scoreboard.kpi_scoreboard"
            " where kpi_id = $kpi_id and period_grain = $grain and dimension = $dimension and ($member is null or member = $member)"
            " order by period_start, member",
            {"kpi_id": kpi_id, "grain": grain.value, "dimension": dimension, "member": member},
        ).fetchall()
        if not rows:
            _insist_names_are_known(snapshot.connection, kpi_id, grain, dimension, member)
    figures = [KpiFigure(*row) for row in rows]
    newest = sorted({figure.period_start for figure in figures}, reverse=True)[:last]
    return figures if last is None else [figure for figure in figures if figure.period_start in newest]


def member_figures(snapshot: OpenSnapshot, kpi_id: str, *, grain: Grain, dimension: str, on: date) -> Sequence[KpiFigure]:
    """The figures of a dimension's members in the one period that begins ``on``; none where the KPI has none."""
    with said_when_lacking("KPI scoreboard"):
        rows = snapshot.connection.execute(
            f"select {_FIGURE} from scoreboard.kpi_scoreboard"
            " where kpi_id = $kpi_id and period_grain = $grain and dimension = $dimension and period_start = $on order by member",
            {"kpi_id": kpi_id, "grain": grain.value, "dimension": dimension, "on": on},
        ).fetchall()
    return [KpiFigure(*row) for row in rows]


def overall_figures(snapshot: OpenSnapshot, *, grain: Grain, kpi_id: str | None = None) -> Mapping[str, Sequence[KpiFigure]]:
    """The overall figures of all KPIs, or of one, oldest first."""
    of_one = "" if kpi_id is None else " and kpi_id = $kpi_id"
    with said_when_lacking("KPI scoreboard"):
        rows = snapshot.connection.execute(
            f"select kpi_id, {_FIGURE} from scoreboard.kpi_scoreboard"
            f" where dimension = 'overall' and period_grain = $grain{of_one} order by period_start",
            {"grain": grain.value} | ({} if kpi_id is None else {"kpi_id": kpi_id}),
        ).fetchall()
    found: dict[str, list[KpiFigure]] = {}
    for name, *figure in rows:
        found.setdefault(name, []).append(KpiFigure(*figure))
    return found


def kpi_members(snapshot: OpenSnapshot, kpi_id: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """By grain the dimensions under which the KPI is told, ``overall`` first, each with its members."""
    with said_when_lacking("KPI scoreboard"):
        rows = snapshot.connection.execute(
            "select period_grain, dimension, list_sort(list(distinct member)) from scoreboard.kpi_scoreboard where kpi_id = ?"
            " group by period_grain, dimension order by dimension <> 'overall', dimension",
            [kpi_id],
        ).fetchall()
    found: dict[str, dict[str, Sequence[str]]] = {}
    for grain, dimension, members in rows:
        found.setdefault(grain, {})[dimension] = members
    return found


def _insist_names_are_known(connection: duckdb.DuckDBPyConnection, kpi_id: str, grain: Grain, dimension: str, member: str | None) -> None:
    rows = connection.execute(
        "select distinct dimension from scoreboard.kpi_scoreboard where kpi_id = ? and period_grain = ? order by dimension",
        [kpi_id, grain.value],
    ).fetchall()
    dimensions = [name for (name,) in rows]
    if dimensions and dimension not in dimensions:
        raise UnknownName(unknown_name(f"dimension of {kpi_id} by {grain.value}", dimension, dimensions))
    if member is None:
        return
    rows = connection.execute(
        """
        select distinct member from scoreboard.kpi_scoreboard
        where kpi_id = ? and period_grain = ? and dimension = ?
        order by member
        """,
        [kpi_id, grain.value, dimension],
    ).fetchall()
    members = [name for (name,) in rows]
    if members and member not in members:
        raise UnknownName(unknown_name(f"member of {dimension}", member, members[:_MOST_NAMES]))
