"""Turns wall-clock times of a zone into UTC in plain SQL arithmetic.

DuckDB's own conversion asks ICU for every value (150 ns each on the machine this was measured on, as much as reading the
column). The offsets of a zone change seldom, so those of the usual years are written out as a tree of comparisons, a few
nanoseconds deep, and those of all other years as a list to look up.

A wall-clock time that happens twice (clocks go back) means the earlier of the two moments; one that never happens
(clocks go forward) is read with the offset that was in force before. Both are what Python's zoneinfo says for fold=0.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(2100, 1, 1, tzinfo=UTC)
# Years of three digits are mistakes (a year of two digits read as it stands); beyond 9999 Python and BI tools cannot go.
EARLIEST, LATEST = datetime(1000, 1, 1), datetime(9999, 12, 31)
# Shops' data lies here; the tree of a zone with summer time has two comparisons a year.
_USUAL_FROM, _USUAL_UNTIL = datetime(2012, 1, 1), datetime(2032, 1, 1)
_STEP = timedelta(days=7)  # shorter than any two changes of a zone lie apart


@lru_cache(maxsize=64)
def offset_changes(zone_name: str) -> tuple[tuple[timedelta, ...], tuple[datetime, ...]]:
    """The offsets of a zone in order, and the wall-clock times from which each but the first holds."""
    zone = ZoneInfo(zone_name)

    def offset(moment: datetime) -> timedelta:
        return moment.astimezone(zone).utcoffset() or timedelta()

    offsets = [offset(_FIRST)]
    boundaries: list[datetime] = []
    before = _FIRST
    while before < _LAST:
        after = before + _STEP
        if offset(after) != offsets[-1]:
            low, high = before, after
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                if offset(middle) == offsets[-1]:
                    low = middle
                else:
                    high = middle
            new = offset(high)
            boundaries.append((high + max(offsets[-1], new)).replace(tzinfo=None))
            offsets.append(new)
            before = high
        else:
            before = after
    return tuple(offsets), tuple(boundaries)


@lru_cache(maxsize=256)
def utc_from_local(expression: str, zone_name: str, *, thorough: bool = True) -> str:
    """SQL for the UTC timestamp of the wall-clock timestamp ``expression`` in a zone, null beyond ``EARLIEST`` and ``LATEST``.

    Evaluates ``expression`` often: pass a column. Without ``thorough`` it is null beyond the usual years of the zone, too.
    """
    offsets, boundaries = offset_changes(zone_name)
    microseconds = [round(offset.total_seconds() * 1_000_000) for offset in offsets]
    first = min(bisect_left(boundaries, _USUAL_FROM), len(boundaries) - 1)
    last = bisect_left(boundaries, _USUAL_UNTIL)
    start = boundaries[first] if boundaries else EARLIEST
    end = boundaries[last] if last < len(boundaries) else LATEST
    usual = _tree(expression, microseconds[first + 1 : last + 1], boundaries[first + 1 : last])
    seldom = ""
    if thorough and boundaries:
        seldom = f" when {is_within('timestamp', expression)} then {_looked_up(expression, microseconds, boundaries)}"
    offset = f"case when {expression} >= {_timestamp(start)} and {expression} < {_timestamp(end)} then {usual}{seldom} end"
    return f"make_timestamp(epoch_us({expression}) - {offset})"


def is_within(data_type: str, value: str) -> str:
    """SQL: the value lies in the range that Python, BI tools and Parquet readers can all hold."""
    return f"{value} >= {data_type} '{EARLIEST.date()}' and {value} < {data_type} '{LATEST.date()}'"


def _tree(expression: str, microseconds: Sequence[int], boundaries: Sequence[datetime]) -> str:
    """SQL for the offset as nested comparisons: fast for every value, long to read and to plan."""
    if not boundaries:
        return str(microseconds[0])
    middle = len(boundaries) // 2
    older = _tree(expression, microseconds[: middle + 1], boundaries[:middle])
    newer = _tree(expression, microseconds[middle + 1 :], boundaries[middle + 1 :])
    return f"case when {expression} >= {_timestamp(boundaries[middle])} then {newer} else {older} end"


def _looked_up(expression: str, microseconds: Sequence[int], boundaries: Sequence[datetime]) -> str:
    """SQL for the offset by counting the changes before: short to plan, slow for a value."""
    moments = ", ".join(f"{boundary.isoformat(sep=' ')}" for boundary in boundaries)
    offsets = ", ".join(str(offset) for offset in microseconds)
    passed = f"len(list_filter(cast('[{moments}]' as timestamp[]), lambda boundary: boundary <= {expression}))"
    return f"cast('[{offsets}]' as bigint[])[1 + {passed}]"


def _timestamp(moment: datetime) -> str:
    return f"timestamp '{moment.isoformat(sep=' ')}'"
