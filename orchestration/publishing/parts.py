"""How the rows of a table are cut into parts, and by what the content of a part is known. Writes nothing.

Which part a row is in depends on the table's rows alone, so that every way to the same rows gives the same files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from orchestration.sql_text import identifier, literal, literal_list

# A table with fewer rows is one part.
SPLIT_FROM_ROWS = 100_000

# From so many times that on, months are cut by what the rows speak of, where a column says it: a late refund is in the figures of few.
_KIND_FROM = 10
_KIND_COLUMNS = ("family",)
_MOST_KINDS = 32

# Each day of a quarter or a year changes its row: these are in parts by year, so that the months in which they begin are left in peace.
_GRAIN_COLUMN = "period_grain"
_LONG_GRAINS = ("quarter", "year")

WHOLE = "all"
OPEN = "open"
UNDATED = "undated"

_MOMENT_TYPES = ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE")

# Months that a file can be named by: what lies outside them (also infinity) is as good as no date.
_FIRST_DAY, _END = "date '0001-01-01'", "date '10000-01-01'"


@dataclass(frozen=True)
class Content:
    """By what rows are known: how many there are, and the sum of their hashes."""

    rows: int
    hashes: int


# What each day of a part holds, by the part's name; rows without a day, and a table that is one part, stand under None.
Days = Mapping[str, Mapping[date | None, Content]]


@dataclass(frozen=True)
class Layout:
    """Where a row of a table belongs; all SQL speaks of the table as ``source``.

    ``column`` is the one whose month names a row's part; without one, the table is one part. Rows that bear the moment ``as_of`` in one of
    the ``moments`` are still going on, and other ones tomorrow: they are a part of their own, so that the months are left in peace. Where
    ``kind`` names a column, each of its values has its own parts. Where ``grain`` names one, quarters and years have a part per year.
    """

    column: str | None = None
    moments: tuple[str, ...] = ()
    as_of: datetime | None = None
    kind: str | None = None
    grain: str | None = None

    @classmethod
    def by(cls, column: str | None, types: Mapping[str, str], as_of: datetime | None, *, kind: str | None = None) -> Layout:
        """The layout by ``column`` of a table whose columns have these types; ``as_of`` is aware."""
        moments = tuple(name for name, data_type in types.items() if data_type in _MOMENT_TYPES)
        grain = _GRAIN_COLUMN if column and types.get(_GRAIN_COLUMN) == "VARCHAR" else None
        return cls(column, moments, as_of, kind, grain)

    @classmethod
    def of(
        cls,
        types: Mapping[str, str],
        rows: int,
        kinds_of: Callable[[str], Collection[str | None]],
        *,
        as_of: datetime | None,
        split_from_rows: int,
    ) -> Layout:
        """The layout of a table with this many rows, whose plain columns have these types, in their published order.

        ``kinds_of`` tells the values of a column; it is asked where they could cut the table.
        """
        dated = next((name for name, data_type in types.items() if data_type in ("DATE", *_MOMENT_TYPES)), None)
        kind = next((name for name in _KIND_COLUMNS if types.get(name) == "VARCHAR"), None)
        if dated is None or rows < split_from_rows:
            return cls.by(None, types, as_of)
        if kind is None or rows < split_from_rows * _KIND_FROM or not _can_name_files(kinds_of(kind)):
            return cls.by(dated, types, as_of)
        return cls.by(dated, types, as_of, kind=kind)

    @property
    def is_open(self) -> str:
        """SQL for whether a row is still going on."""
        if self.column is None or self.as_of is None or not self.moments:
            return "false"
        now = f"timestamp {literal(self.as_of.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' '))}"
        return f"coalesce({now} in ({', '.join(identifier('source', name) for name in self.moments)}), false)"

    @property
    def is_long(self) -> str:
        """SQL for whether a row is of a quarter or a year that begins on a day, and is over."""
        if self.grain is None:
            return "false"
        is_long = f"coalesce({identifier('source', self.grain)} in ({literal_list(_LONG_GRAINS)}), false)"
        return f"({is_long} and {self._is_dated} and not {self.is_open})"

    @property
    def place(self) -> dict[str, str]:
        """SQL for what says in which day of which part a row is, by the names that ``named`` has for it."""
        return {"is_open": self.is_open, "is_long": self.is_long, "day": self.day, "kind": self.kinds}

    @property
    def day(self) -> str:
        """SQL for the day of a row, null where it has none."""
        return f"case when {self._is_dated} then cast({self._moment} as date) end" if self.column else "cast(null as date)"

    @property
    def month(self) -> str:
        """SQL for the first day of the month that names a row's part, null where none does."""
        if self.column is None:
            return "cast(null as date)"
        is_in_month = f"{self._is_dated} and not {self.is_open} and not {self.is_long}"
        return f"case when {is_in_month} then cast(date_trunc('month', {self._moment}) as date) end"

    @property
    def kinds(self) -> str:
        """SQL for the kind of a row, null where the table is not cut by it."""
        return identifier("source", self.kind) if self.kind else "cast(null as varchar)"

    def named(self, is_open: bool, is_long: bool, day: date | None, kind: str | None) -> str:
        """The part of the rows whose ``place`` this is."""
        if self.column is None:
            return WHOLE
        when = OPEN if is_open else day.isoformat()[: 4 if is_long else 7] if day else UNDATED
        return f"{when}_{kind}" if self.kind else when

    def place_of(self, part: str, day: date | None) -> tuple[bool, bool, date | None, str | None]:
        """The ``place`` of the rows of a day of a part."""
        when = part.partition("_")[0]
        return when == OPEN, _is_year(when), day, self.kind_of(part)

    def kind_of(self, part: str) -> str | None:
        """The kind of the rows of a part, None where the table is not cut by it."""
        return part.partition("_")[2] if self.kind else None

    def is_cut_as(self, other: Layout) -> bool:
        """Whether the same rows are in the same parts, but for those that are still going on."""
        return (self.column, self.kind, self.grain) == (other.column, other.kind, other.grain)

    def condition(self, parts: Collection[str]) -> str:
        """SQL for whether a row is in one of the parts."""
        return " or ".join(f"({self._condition(part)})" for part in sorted(parts)) or "false"

    def _condition(self, part: str) -> str:
        if part == WHOLE:
            return "true"
        kind = self.kind_of(part)
        return f"{self._when(part.partition('_')[0])} and {self.kinds} = {literal(kind)}" if kind else self._when(part)

    def _when(self, when: str) -> str:
        if when == OPEN:
            return self.is_open
        if when == UNDATED:
            return f"not {self._is_dated} and not {self.is_open}"
        if _is_year(when):
            first, after, is_of_it = f"{when}-01", f"{int(when) + 1:04}-01", self.is_long
        else:
            year, month = (int(number) for number in when.split("-"))
            first, after, is_of_it = when, f"{year + month // 12:04}-{month % 12 + 1:02}", f"not {self.is_long}"
        # A range, not the month's name: the engine skips blocks by it.
        return f"{self._moment} >= date '{first}-01' and {self._moment} < date '{after}-01' and {is_of_it} and not {self.is_open}"

    @property
    def _moment(self) -> str:
        return identifier("source", str(self.column))

    @property
    def _is_dated(self) -> str:
        return f"coalesce({self._moment} >= {_FIRST_DAY} and {self._moment} < {_END}, false)"


def _is_year(when: str) -> bool:
    return when.isdecimal()


def _can_name_files(kinds: Collection[str | None]) -> bool:
    """Whether parts can be told apart by these values, in file names too, and are few enough."""
    return len(kinds) <= _MOST_KINDS and all(kind is not None and re.fullmatch("[a-z0-9_]{1,64}", kind) for kind in kinds)


def row_hash(expressions: Iterable[str]) -> str:
    """SQL for the hash of a row: the ``expressions`` in order. For it 0.0 and -0.0 are one number, which is why only one is published."""
    return f"hash({', '.join(expressions)})"


def contents(connection: duckdb.DuckDBPyConnection, relation: str, layout: Layout, hashed: str) -> Days:
    """The parts of ``relation`` that have rows, with what is in each of their days; ``hashed`` is a row's hash over ``source``."""
    found = connection.execute(
        f"""
        select {", ".join(layout.place.values())}, count(*), coalesce(sum(cast({hashed} as hugeint)), 0)
        from {relation} as source
        group by all
        """
    ).fetchall()
    parts: dict[str, dict[date | None, Content]] = {}
    for is_open, is_long, day, kind, rows, hashes in found:
        parts.setdefault(layout.named(is_open, is_long, day, kind), {})[day] = Content(rows, hashes)
    return parts or {layout.named(False, False, None, None): {None: Content(0, 0)}}


def parts_of(days: Days) -> dict[str, Content]:
    """What the days of each part hold together."""
    return {
        part: Content(sum(content.rows for content in held.values()), sum(content.hashes for content in held.values()))
        for part, held in days.items()
    }
