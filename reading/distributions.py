"""How the cases behind a figure are distributed, by what each adds to the numerator: in minutes, points or money.

Follows ``reading.figure_rows``; what only counts its cases has no distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10

from reading.figure_rows import Cell, row_queries
from reading.snapshot import OpenSnapshot

_MOST_VALUES, _MOST_BINS = 12, 20


@dataclass(frozen=True)
class Bin:
    """Cases from ``start`` on, up to but without ``end``; all above where there is none, and just ``start`` where both are one."""

    start: float
    end: float | None
    count: int


@dataclass(frozen=True)
class Distribution:
    """``lower``, ``middle`` and ``upper`` are the quartiles."""

    count: int
    lower: float
    middle: float
    upper: float
    bins: Sequence[Bin]


def figure_distribution(snapshot: OpenSnapshot, cell: Cell) -> Distribution | None:
    """The distribution of what the cases of a figure are themselves; ``None`` where they are alike, yes and no, or of two kinds of facts.

    Bins are equally wide up to the value that 19 cases of 20 reach; the last one is open.
    """
    queries = row_queries(snapshot, cell)
    if len(queries) != 1:
        return None
    cases = f"(select cast(numerator as double) as value from ({queries[0].sql}) as listed where numerator is not null) as cases"
    parameters = queries[0].parameters
    told = snapshot.connection.execute(
        f"""
        select
            count(*), count(distinct value), min(value), quantile_cont(value, 0.25), median(value), quantile_cont(value, 0.75),
            quantile_cont(value, 0.95)
        from {cases}
        """,
        parameters,
    ).fetchone()
    assert told is not None
    count, value_count, least, lower, middle, upper, most = told
    if value_count < 3:
        return None
    if value_count <= _MOST_VALUES:
        rows = snapshot.connection.execute(f"select value, count(*) from {cases} group by value order by value", parameters).fetchall()
        return Distribution(count, lower, middle, upper, [Bin(value, value, number) for value, number in rows])
    width = bin_width(most - least)
    first = floor(least / width)
    last = max(floor(most / width), first + 1)
    rows = snapshot.connection.execute(
        f"select least(floor(value / $width), $last) as place, count(*) from {cases} group by place",
        parameters | {"width": width, "last": last},
    ).fetchall()
    counted = {int(place): number for place, number in rows}
    bins = [Bin(place * width, None if place == last else (place + 1) * width, counted.get(place, 0)) for place in range(first, last + 1)]
    return Distribution(count, lower, middle, upper, bins)


def bin_width(span: float) -> float:
    """The least of 1, 2 and 5 times a power of ten of which at most twenty fill a span."""
    if span <= 0:
        return 1.0
    power = 10.0 ** floor(log10(span / _MOST_BINS))
    return next(step * power for step in (1, 2, 5, 10) if step * power * _MOST_BINS >= span)
