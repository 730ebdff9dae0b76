"""``aftersales sql``: one reading statement on the published snapshot, shown as table, CSV or JSON.

The connection itself can neither write nor reach any other file; what is refused here is refused for a clearer message.
"""

from __future__ import annotations

import csv
import json
import math
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TextIO
from uuid import UUID

import duckdb
import typer
from rich.markup import escape
from rich.table import Table

from command_line.figures import NOTHING
from command_line.shared import HomeOption, error_console, home_folder, misused, output_console, reading_snapshot

Cell = object

_READING_STATEMENTS = {
    duckdb.StatementType.SELECT,
    duckdb.StatementType.EXPLAIN,
    duckdb.StatementType.PRAGMA,
    duckdb.StatementType.MULTI,  # what PIVOT is turned into
}
_FETCH_ROWS = 10_000
_MOST_TABLE_ROWS = 200

# A spreadsheet reads a cell that begins like this as a formula; with a keyboard of East Asia the wide signs too.
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_CONTROL_STARTS = ("\t", "\r", "\n")
# Some spreadsheets drop these before they look.
_DROPPED = " \t\r\n\u00a0\u200b\u3000\ufeff"
_FORMULA_BEHIND_SEPARATOR = re.compile(rf"([;\t|][{_DROPPED}]*)(?=[{re.escape(''.join(_FORMULA_STARTS))}])")


class OutputFormat(StrEnum):
    """How the result is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def sql(
    statement: Annotated[str, typer.Argument(metavar="STATEMENT", help="One SQL statement that reads; - reads it from standard input.")],
    output_format: Annotated[OutputFormat, typer.Option("--format", help="How to write the result.")] = OutputFormat.TABLE,
    home: HomeOption = None,
) -> None:
    """Ask the published marts anything, in DuckDB's SQL. Nothing can be changed.

    Example: aftersales sql "select * from scoreboard.kpi_scoreboard where kpi_id = 'csat_rate' limit 5" --format csv
    """
    text = sys.stdin.read() if statement == "-" else statement
    with reading_snapshot(home_folder(home)) as snapshot:
        try:
            result = _run(snapshot.connection, text)
            columns = [str(column[0]) for column in result.description or []]
            match output_format:
                case OutputFormat.TABLE:
                    _write_table(columns, result)
                case OutputFormat.CSV:
                    _write_csv(columns, result, sys.stdout)
                case OutputFormat.JSON:
                    _write_json(columns, result, sys.stdout)
        except duckdb.Error as error:
            raise misused(str(error)) from error


def _run(connection: duckdb.DuckDBPyConnection, text: str) -> duckdb.DuckDBPyConnection:
    statements = connection.extract_statements(text)
    if len(statements) != 1:
        raise misused(f"One statement at a time, please: this is {len(statements)}.")
    if statements[0].type not in _READING_STATEMENTS:
        raise misused(f"aftersales sql only reads; this is a statement of type {statements[0].type.name}.")
    return connection.execute(statements[0])


def _rows(result: duckdb.DuckDBPyConnection) -> Iterable[Sequence[Cell]]:
    while batch := result.fetchmany(_FETCH_ROWS):
        yield from batch


def _write_table(columns: Sequence[str], result: duckdb.DuckDBPyConnection) -> None:
    rows = result.fetchmany(_MOST_TABLE_ROWS + 1)
    table = Table()
    for index, column in enumerate(columns):
        is_number = any(isinstance(row[index], int | float | Decimal) and not isinstance(row[index], bool) for row in rows)
        table.add_column(escape(column), justify="right" if is_number else "left", no_wrap=is_number, overflow="fold")
    for row in rows[:_MOST_TABLE_ROWS]:
        table.add_row(*(NOTHING if cell is None else escape(str(cell)) for cell in row))
    output_console().print(table)
    if len(rows) > _MOST_TABLE_ROWS:
        error_console().print(f"Only the first {_MOST_TABLE_ROWS} rows are shown. Add a limit, or take all of them with --format csv.")


def _write_csv(columns: Sequence[str], result: duckdb.DuckDBPyConnection, out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([neutralised(column) for column in columns])
    for row in _rows(result):
        writer.writerow([neutralised(cell) for cell in row])


def neutralised(cell: Cell) -> Cell:
    """A cell that no spreadsheet takes for a formula: text that begins like one gets an apostrophe in front.

    So does what would begin like one if a spreadsheet split the text, as those do whose lists are separated by something else than
    commas. Numbers stay as they are, negative ones too.
    """
    if cell is None or isinstance(cell, bool | int | float | Decimal):
        return cell
    text = cell if isinstance(cell, str) else str(cell)
    body = text.lstrip(_DROPPED)
    is_formula = text.startswith(_CONTROL_STARTS) or body.startswith(_FORMULA_STARTS)
    split_safely = text[: len(text) - len(body)] + _FORMULA_BEHIND_SEPARATOR.sub(r"\1'", body)
    return f"'{split_safely}" if is_formula else split_safely


def _write_json(columns: Sequence[str], result: duckdb.DuckDBPyConnection, out: TextIO) -> None:
    separator = "[\n"
    for row in _rows(result):
        values = {column: _json_value(cell) for column, cell in zip(columns, row, strict=True)}
        out.write(separator + json.dumps(values, ensure_ascii=False, allow_nan=False))
        separator = ",\n"
    out.write("[]\n" if separator == "[\n" else "\n]\n")


def _json_value(cell: Cell) -> Cell:  # noqa: PLR0911 - one kind of cell a line
    """The cell as JSON knows it. A decimal that a JSON number would round is written as text."""
    match cell:
        case None | bool() | int() | str():
            return cell
        case float():
            return cell if math.isfinite(cell) else None
        case Decimal():
            number = float(cell)
            return number if Decimal(repr(number)) == cell else str(cell)
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta() | UUID():
            return str(cell)
        case bytes():
            return cell.hex()
        case dict():
            return {str(key): _json_value(value) for key, value in cell.items()}
        case list() | tuple():
            return [_json_value(value) for value in cell]
        case _:
            return str(cell)
