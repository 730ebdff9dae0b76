"""Writes figures and marts of a snapshot as files for spreadsheets and notebooks: CSV, Parquet, Excel. Computes nothing.

What a spreadsheet could take for a formula is neutralised in CSV, and is text in a workbook.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import duckdb

from reading.connection import connected
from reading.errors import UnknownName, unknown_name
from reading.kpis import kpi_definitions
from reading.manifest import TableEntry
from reading.snapshot import CATALOG, MEMORY_LIMIT, OpenSnapshot
from reading.statements import Cell, write_csv

# The most rows of a sheet, its heading left out, and the most characters of a cell.
MOST_SHEET_ROWS = 1_048_575
_MOST_CHARACTERS = 32_767
_LONGEST_SHEET_NAME = 31
_MOMENTS: dict[type, str] = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm:ss"}
_FETCH_ROWS = 10_000


class FileFormat(StrEnum):
    """As what a file is written."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"


class TooManyRows(ValueError):
    """A sheet cannot hold what was asked for."""


@dataclass(frozen=True, eq=False)
class Extract:
    """A query on a snapshot, and the name of the file or sheet that gets its rows."""

    name: str
    query: str
    parameters: dict[str, object]


def kpi_extracts(
    snapshot: OpenSnapshot, kpi_ids: Sequence[str], *, grains: Sequence[str] = (), dimensions: Sequence[str] = ()
) -> list[Extract]:
    """The scoreboard's rows of these KPIs (none: of all), and what they mean; of some grains and dimensions only where any are named.

    Raises ``UnknownName`` for a KPI or dimension that the snapshot does not have.
    """
    known = [definition.kpi_id for definition in kpi_definitions(snapshot)]
    for kpi_id in kpi_ids:
        if kpi_id not in known:
            raise UnknownName(unknown_name("KPI", kpi_id, known))
    rows = snapshot.connection.execute("select distinct dimension from scoreboard.kpi_scoreboard order by dimension").fetchall()
    told = [name for (name,) in rows]
    for dimension in dimensions:
        if dimension not in told:
            raise UnknownName(unknown_name("dimension", dimension, told))
    wanted: dict[str, object] = {"kpi_ids": list(kpi_ids), "grains": list(grains), "dimensions": list(dimensions)}
    return [
        Extract(
            "kpis",
            """
            select * from scoreboard.kpi_scoreboard
            where
                (len($kpi_ids) = 0 or list_contains($kpi_ids, kpi_id))
                and (len($grains) = 0 or list_contains($grains, period_grain))
                and (len($dimensions) = 0 or list_contains($dimensions, dimension))
            order by kpi_id, period_grain, period_start, dimension, member
            """,
            wanted,
        ),
        Extract(
            "definitions",
            "select * from scoreboard.kpi_coverage where len($kpi_ids) = 0 or list_contains($kpi_ids, kpi_id) order by kpi_id",
            {"kpi_ids": list(kpi_ids)},
        ),
    ]


def mart_extracts(snapshot: OpenSnapshot, marts: Sequence[str]) -> list[Extract]:
    """Whole marts, named ``schema.table``. Raises ``UnknownName``."""
    known = {table.full_name: table for table in snapshot.manifest.tables}
    for mart in marts:
        if mart not in known:
            raise UnknownName(unknown_name("mart", mart, list(known)))
    return [Extract(mart, f"select * from {relation(known[mart])}", {}) for mart in marts]


def relation(table: TableEntry) -> str:
    """A table as SQL names it."""
    return f'"{table.schema_name}"."{table.name}"'


def write_extracts(snapshot: OpenSnapshot, extracts: Sequence[Extract], folder: Path, file_format: FileFormat) -> dict[Path, int]:
    """Write each extract as a file of its own, in a workbook as a sheet of its own. Returns the files with their rows.

    A file that is there is replaced. Raises ``TooManyRows`` and ``OSError``.
    """
    counts = {extract: _count(snapshot, extract) for extract in extracts}
    files = {extract: folder / f"{extract.name}.{file_format}" for extract in extracts}
    folder.mkdir(parents=True, exist_ok=True)
    match file_format:
        case FileFormat.CSV:
            for extract, file in files.items():
                # Begins with a mark by which spreadsheets know that it is UTF-8.
                with file.open("w", encoding="utf-8-sig", newline="") as out:
                    write_csv(*_answered(snapshot, extract), out)
        case FileFormat.PARQUET:
            _write_parquet(snapshot, files)
        case FileFormat.XLSX:
            for extract, count in counts.items():
                if count > MOST_SHEET_ROWS:
                    raise TooManyRows(
                        f"{extract.name} has {count:,} rows and a sheet holds {MOST_SHEET_ROWS:,}. "
                        "Ask for less (--kpi, --grain, --dimension), or for --format csv or parquet."
                    )
            _write_workbook(snapshot, extracts, files[extracts[0]])
            return {files[extracts[0]]: sum(counts.values())}
    return {file: counts[extract] for extract, file in files.items()}


def _count(snapshot: OpenSnapshot, extract: Extract) -> int:
    row = snapshot.connection.execute(f"select count(*) from ({extract.query})", extract.parameters).fetchone()
    return row[0] if row else 0


def _answered(snapshot: OpenSnapshot, extract: Extract) -> tuple[list[str], Iterator[Sequence[Cell]]]:
    result = snapshot.connection.execute(extract.query, extract.parameters)
    return [str(column[0]) for column in result.description or []], _rows(result)


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[Sequence[Cell]]:
    while batch := result.fetchmany(_FETCH_ROWS):
        yield from batch


def _write_parquet(snapshot: OpenSnapshot, files: Mapping[Extract, Path]) -> None:
    """By a connection of its own: that of the snapshot may write nowhere."""
    with connected(":memory:", memory_limit=MEMORY_LIMIT) as connection:
        connection.execute(f"attach ? as {CATALOG} (read_only)", [str(snapshot.path / snapshot.manifest.database.file)])
        connection.execute(f"use {CATALOG}")
        for extract, file in files.items():
            connection.sql(extract.query, params=extract.parameters).write_parquet(str(file), compression="zstd")


def _write_workbook(snapshot: OpenSnapshot, extracts: Sequence[Extract], file: Path) -> None:
    import xlsxwriter  # only a workbook needs it

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(str(file), options) as workbook:
        heading = workbook.add_format({"bold": True, "bottom": 1})
        formats = {day: workbook.add_format({"num_format": shown}) for day, shown in _MOMENTS.items()}
        for extract in extracts:
            columns, rows = _answered(snapshot, extract)
            sheet = workbook.add_worksheet(extract.name[:_LONGEST_SHEET_NAME])
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(columns) - 1, 16)
            sheet.write_row(0, 0, columns, heading)
            for number, row in enumerate(rows, start=1):
                for place, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(number, place, _sheet_cell(cell), formats.get(type(cell)))


def _sheet_cell(cell: Cell) -> Cell:
    """A cell as a workbook knows it."""
    match cell:
        case bool() | int() | float() | date() | time():
            return cell
        case Decimal():
            return float(cell)
        case _:
            text = str(cell)
            return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
