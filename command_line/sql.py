"""``aftersales sql``: one reading statement on the published snapshot, shown as table, CSV or JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from command_line.shared import HomeOption, error_console, home_folder, output_console, reading_snapshot
from reading.figures import NOTHING
from reading.statements import Cell, answer, write_csv, write_json

_MOST_TABLE_ROWS = 200


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
        columns, rows = answer(snapshot, text)
        match output_format:
            case OutputFormat.TABLE:
                _write_table(columns, rows)
            case OutputFormat.CSV:
                write_csv(columns, rows, sys.stdout)
            case OutputFormat.JSON:
                write_json(columns, rows, sys.stdout)


def _write_table(columns: Sequence[str], answered: Iterable[Sequence[Cell]]) -> None:
    rows = list(islice(answered, _MOST_TABLE_ROWS + 1))
    table = Table()
    for index, column in enumerate(columns):
        is_number = any(isinstance(row[index], int | float | Decimal) and not isinstance(row[index], bool) for row in rows)
        table.add_column(escape(column), justify="right" if is_number else "left", no_wrap=is_number, overflow="fold")
    for row in rows[:_MOST_TABLE_ROWS]:
        table.add_row(*(NOTHING if cell is None else escape(str(cell)) for cell in row))
    output_console().print(table)
    if len(rows) > _MOST_TABLE_ROWS:
        error_console().print(f"Only the first {_MOST_TABLE_ROWS} rows are shown. Add a limit, or take all of them with --format csv.")
