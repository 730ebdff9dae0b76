"""Any one statement on a snapshot, and its answer as CSV or JSON.

The connection itself can neither write nor reach any other file; what is refused here is refused for a clearer message.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TextIO
from uuid import UUID

import duckdb

from reading.errors import NotOneReading
from reading.snapshot import OpenSnapshot

Cell = object

_READING_STATEMENTS = {
    duckdb.StatementType.SELECT,
    duckdb.StatementType.EXPLAIN,
    duckdb.StatementType.PRAGMA,
    duckdb.StatementType.MULTI,  # what PIVOT is turned into
}
_FETCH_ROWS = 10_000

# A spreadsheet reads a cell that begins like this as a formula; with a keyboard of East Asia the wide signs too.
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_CONTROL_STARTS = ("\t", "\r", "\n")
# Some spreadsheets drop these before they look.
_DROPPED = " \t\r\n\u00a0\u200b\u3000\ufeff"
_FORMULA_BEHIND_SEPARATOR = re.compile(rf"([;\t|][{_DROPPED}]*)(?=[{re.escape(''.join(_FORMULA_STARTS))}])")


def answer(snapshot: OpenSnapshot, statement: str) -> tuple[list[str], Iterator[Sequence[Cell]]]:
    """The columns and rows that ``statement`` yields. The rows are read as they are asked for.

    Raises ``NotOneReading`` when it is not one statement, does not read, or is not understood.
    """
    try:
        statements = snapshot.connection.extract_statements(statement)
        if len(statements) != 1:
            raise NotOneReading(f"One statement at a time, please: this is {len(statements)}.")
        if statements[0].type not in _READING_STATEMENTS:
            raise NotOneReading(f"aftersales sql only reads; this is a statement of type {statements[0].type.name}.")
        result = snapshot.connection.execute(statements[0])
    except duckdb.Error as error:
        raise NotOneReading(str(error)) from error
    return [str(column[0]) for column in result.description or []], _rows(result)


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[Sequence[Cell]]:
    try:
        while batch := result.fetchmany(_FETCH_ROWS):
            yield from batch
    except duckdb.Error as error:
        raise NotOneReading(str(error)) from error


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]], out: TextIO) -> None:
    """Write the answer as CSV that is safe to open in a spreadsheet."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([neutralised(column) for column in columns])
    for row in rows:
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


def write_json(columns: Sequence[str], rows: Iterable[Sequence[Cell]], out: TextIO) -> None:
    """Write the answer as a JSON list of one object a row."""
    separator = "[\n"
    for row in rows:
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
