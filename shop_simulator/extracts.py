"""Writes the stored rows as daily files of each feed: spells types in the file formats, spoils rows on demand.

Files appear under their final name only when they are complete. Knows formats, not what the columns mean.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shop_simulator import truths
from shop_simulator.draws import MILLION, Draws, chance
from shop_simulator.feeds import BOOLEAN, DATE, INTEGER, MOMENT, MONEY, TEXT, Column, Feed
from shop_simulator.store import Store
from shop_simulator.window import ZONE_SECONDS, Window

FORMATS = ("csv", "csv.gz", "jsonl", "jsonl.gz", "parquet")
SOURCE = "contract"
# Planning the long select of a feed costs as much as some thousands of its rows: below this many rows a file, they are
# spelt out at one go and only copied day by day.
PLANNING_IS_DEAR = 3_000


@dataclass(frozen=True)
class BadRows:
    """How many rows of a file were spoilt in one way."""

    feed: str
    file_name: str
    kind: str
    column: str
    count: int


@dataclass(frozen=True)
class Spoiling:
    """A way to spoil a row of a feed."""

    kind: str
    column: str
    text: str | None


@dataclass(frozen=True)
class FeedFiles:
    """What was written of one feed. Files delivered a second time are counted apart."""

    feed: str
    files: int
    repeated_files: int
    rows: int
    bad_rows: tuple[BadRows, ...]


def ways_to_spoil(feed: Feed, file_format: str) -> list[Spoiling]:
    """The faults that a row of the feed can have in the format; a typed format has fewer."""
    ways: list[Spoiling] = []
    for column in feed.columns:
        if column.is_required:
            ways.append(Spoiling("missing_required", column.name, None))
        if column.has_accepted_values:
            ways.append(Spoiling("value_not_accepted", column.name, "no_such_value"))
        if file_format != "parquet":
            if column.kind in (INTEGER, MONEY):
                ways.append(Spoiling("not_a_number", column.name, "12,5x"))
            if column.kind in (MOMENT, DATE):
                ways.append(Spoiling("not_a_moment", column.name, "2024-13-45 99:00:00"))
    return ways


@dataclass(frozen=True)
class Delivery:
    """Where and how a feed is to be written."""

    folder: Path
    file_format: str
    bad_ppm: int


def write_feed(store: Store, draws: Draws, window: Window, feed: Feed, delivery: Delivery) -> FeedFiles:
    """Write the feed's extracts, one file for every day that has rows."""
    folder, file_format, bad_ppm = delivery.folder, delivery.file_format, delivery.bad_ppm
    if store.rows(feed.name) == 0:
        return FeedFiles(feed.name, 0, 0, 0, ())
    connection = store.connection
    table = f"{feed.name}_by_day"
    connection.execute(f"create table {table} as select * from {feed.name} order by _day, _sequence")
    connection.execute(f"drop table {feed.name}")
    ways = ways_to_spoil(feed, file_format)
    folder.mkdir(parents=True, exist_ok=True)
    counts = connection.execute(f"select _day, count(*) from {table} group by _day order by _day").fetchall()
    select = _select(feed, table, file_format, ways, bad_ppm)
    if store.rows(feed.name) < PLANNING_IS_DEAR * len(counts):
        connection.execute(f"create temp table spelt_out as {select}")
        select = f"select {', '.join(column.name for column in feed.columns)} from spelt_out"
    else:
        select = f"select * exclude (_day) from ({select})"
    bad_rows: list[BadRows] = []
    written = repeated = rows = 0
    for day, count in counts:
        name = f"{feed.name}_{window.date_of(day).isoformat()}"
        path = folder / f"{name}.{file_format}"
        _copy(connection.execute, f"{select} where _day = {day}", file_format, path)
        written += 1
        rows += count
        if bad_ppm:
            spoilt = connection.execute(
                f"select _noise // {MILLION} % {len(ways)} as way, count(*) from {table}"
                f" where _day = {day} and {_is_spoilt(bad_ppm)} group by way order by way"
            ).fetchall()
            bad_rows += [BadRows(feed.name, path.name, ways[way].kind, ways[way].column, n) for way, n in spoilt]
        later = day + 1 + day % 3
        is_repeated = bool(chance(draws.bits(feed.name + " file again", np.array([day])), truths.REPEATED_FILE_PPM)[0])
        if is_repeated and later < window.days:
            # The same bytes once more, under the name of a later day.
            again = folder / f"{feed.name}_again_{window.date_of(later).isoformat()}.{file_format}"
            shutil.copyfile(path, again.with_name(again.name + ".tmp"))
            again.with_name(again.name + ".tmp").replace(again)
            repeated += 1
    connection.execute(f"drop table {table}")
    connection.execute("drop table if exists spelt_out")
    return FeedFiles(feed.name, written, repeated, rows + sum(each.count for each in bad_rows), tuple(bad_rows))


def _is_spoilt(bad_ppm: int) -> str:
    return f"_is_repeat = 0 and _noise % {MILLION} < {bad_ppm}"


def _select(feed: Feed, table: str, file_format: str, ways: list[Spoiling], bad_ppm: int) -> str:
    """The feed's columns and the day; a spoilt row comes beside the good one, which stays as it is."""
    if not bad_ppm:
        columns = ", ".join(f"{_spelt(column, file_format)} as {column.name}" for column in feed.columns)
        return f"select {columns}, _day from {table}"
    columns = ", ".join(f"{_spoilt(column, file_format, ways)} as {column.name}" for column in feed.columns)
    twins = f"select *, _noise // {MILLION} % {len(ways)} as _way from {table} where {_is_spoilt(bad_ppm)}"
    return f"select {columns}, _day from (select *, -1 as _way from {table} union all {twins})"


def _spoilt(column: Column, file_format: str, ways: list[Spoiling]) -> str:
    spelt = _spelt(column, file_format)
    cases: list[str] = []
    for number, way in enumerate(ways):
        if way.column == column.name:
            text = "null" if way.text is None else f"'{way.text}'"
            cases.append(f"when {number} then {f'to_json({text})' if 'jsonl' in file_format and way.text else text}")
    if "jsonl" in file_format:
        spelt = f"to_json({spelt})"
    elif file_format != "parquet":
        spelt = f"cast({spelt} as varchar)"
    return f"case _way {' '.join(cases)} else {spelt} end" if cases else spelt


def _spelt(column: Column, file_format: str) -> str:
    """The column's expression in the type, or the text, that the format delivers."""
    sql = column.sql
    if column.kind == MOMENT:
        return _moment(sql, file_format)
    return {
        TEXT: sql,
        BOOLEAN: sql,
        INTEGER: f"cast({sql} as bigint)",
        MONEY: f"cast(cast({sql} as decimal(16, 0)) * 0.01 as decimal(18, 2))",
        DATE: f"cast(make_timestamp(({sql}) * 86400000000) as date)",
    }[column.kind]


def _moment(seconds: str, file_format: str) -> str:
    """Local time without offset in plain CSV, UTC in compressed CSV, with offset in JSON lines, an instant in Parquet."""
    local = f"make_timestamp((({seconds}) + {ZONE_SECONDS}) * 1000000)"
    return {
        "csv": local,
        "csv.gz": f"strftime(make_timestamp(({seconds}) * 1000000), '%Y-%m-%dT%H:%M:%SZ')",
        "jsonl": f"cast({local} as varchar) || '+08:00'",
        "jsonl.gz": f"cast({local} as varchar) || '+08:00'",
        "parquet": f"to_timestamp({seconds})",
    }[file_format]


def _copy(execute: Callable[[str], object], select: str, file_format: str, path: Path) -> None:
    options = {
        "csv": "format csv, header true",
        "csv.gz": "format csv, header true, compression gzip",
        "jsonl": "format json",
        "jsonl.gz": "format json, compression gzip",
        "parquet": "format parquet, compression zstd",
    }[file_format]
    unfinished = path.with_name(path.name + ".tmp")
    quoted = str(unfinished).replace("'", "''")
    execute(f"copy ({select}) to '{quoted}' ({options})")
    unfinished.replace(path)
