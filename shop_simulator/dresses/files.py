"""Writes the rows of a query as a file of another system: header, encoding, quoting and line ends as that system has them.

Knows how files are spelt, not what stands in them. Files appear under their final name only when they are complete.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb

ROWS_AT_ONCE = 10_000
PAGE_ROWS = 1_000


@dataclass(frozen=True)
class Spelling:
    """How a system writes its CSV files."""

    encoding: str = "utf-8"
    line_end: str = "\n"
    quotes_all: bool = False
    # What ends a row, where the header ends otherwise: a delimiter too many.
    row_end: str | None = None


@dataclass(frozen=True)
class Export:
    """A kind of file that a system hands out: where it lies, how it is written, and the query that gives its rows.

    A query over ``shown_<feed>`` names its columns as the file's header does. A path has ``{date}`` or ``{digits}`` for the day of the
    export and ends in the format, ``.csv``, ``.jsonl`` or ``.json``; JSON lines are the objects of the query's one column, and ``.json``
    has them in pages.
    """

    path: str
    query: str
    spelling: Spelling = Spelling()
    # Headers that every other file has in another spelling.
    other_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    # Lines that stand between header and rows, by column; what is not named is written as "".
    lines_after_header: Sequence[Mapping[str, str]] = ()


def path_on(export: Export, day: date) -> str:
    """Below the landing zone, the file that is exported on a day."""
    return export.path.format(date=day.isoformat(), digits=day.strftime("%Y%m%d"))


def write_export(connection: duckdb.DuckDBPyConnection, export: Export, path: Path, number: int) -> int:
    """Write the file, the ``number``-th of its kind, unless it has no rows; returns how many it has."""
    cursor = connection.cursor()
    cursor.execute("set timezone = 'UTC'")
    cursor.execute(export.query)
    header = [str(column[0]) for column in cursor.description or ()]
    rows = _rows_of(cursor)
    first = next(rows, None)
    if first is None:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".tmp")
    spelling = export.spelling
    with unfinished.open("w", encoding=spelling.encoding, newline="") as file:
        count = 0
        if path.suffix == ".jsonl":
            for row in chain([first], rows):
                file.write(_json(json.loads(row[0])) + "\n")
                count += 1
        elif path.suffix == ".json":
            left = chain([first], rows)
            while page := [json.loads(row[0]) for row in islice(left, PAGE_ROWS)]:
                file.write(_json({"data": page, "object": "list", "meta": {"next_cursor": None}}) + "\n")
                count += len(page)
        else:
            quoting = csv.QUOTE_ALL if spelling.quotes_all else csv.QUOTE_MINIMAL
            writer = csv.writer(file, lineterminator=spelling.line_end, quoting=quoting)
            names = export.other_headers if number % 2 else {}
            writer.writerow([names.get(column, column) for column in header])
            for line in export.lines_after_header:
                writer.writerow([line.get(column, line.get("", "").format(column)) for column in header])
            writer = csv.writer(file, lineterminator=spelling.row_end or spelling.line_end, quoting=quoting)
            for row in chain([first], rows):
                writer.writerow(["" if value is None else value for value in row])
                count += 1
    unfinished.replace(path)
    return count


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def _rows_of(cursor: duckdb.DuckDBPyConnection) -> Iterator[Sequence[Any]]:
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield from rows
