"""``aftersales sheet``: makes CSV of a spreadsheet, so that the loader can read it. What the cells say is decided by python-calamine."""

from __future__ import annotations

import csv
import importlib.util
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from command_line.shared import failed, misused, output_console

_NO_LIBRARY = (
    "Spreadsheets are read by python-calamine, which is not installed. Run: make sheets "
    "(or: python -m pip install -c constraints.txt -r constraints-sheets.txt)"
)
_LARGEST_EXACT = 1e15
# A day of a spreadsheet that only tells a time of day.
_NO_DAY = (date(1899, 12, 30), date(1899, 12, 31), date(1904, 1, 1))


def sheet(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A spreadsheet: xlsx, xls, xlsb or ods.", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where to write.", show_default="beside the file")] = None,
    name: Annotated[str | None, typer.Option("--sheet", metavar="NAME", help="Only this sheet.", show_default="all with content")] = None,
) -> None:
    """Write each sheet of a spreadsheet as a CSV file in UTF-8, named after file and sheet. Never overwrites.

    Dates come out as 2026-01-31 or 2026-01-31 08:05:00, numbers with a point and without thousands signs, text as it stands. An id of
    more than 15 digits that the spreadsheet took for a number has lost its end already: have it exported as text.

    Example: aftersales sheet ~/Downloads/ExportOrderList.xlsx --out var/landing/taobao
    """
    if not file.is_file():
        raise misused(f"There is no file {file}.")
    if importlib.util.find_spec("python_calamine") is None:
        raise failed(_NO_LIBRARY)
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(str(file))
    except (python_calamine.CalamineError, OSError) as error:
        raise failed(f"{file.name} cannot be read as a spreadsheet ({error}). Save it anew as xlsx, or export it as CSV.") from error
    if name is not None and name not in book.sheet_names:
        raise misused(f"{file.name} has no sheet '{name}'; it has {', '.join(book.sheet_names)}.")
    folder = out or file.parent
    folder.mkdir(parents=True, exist_ok=True)
    sheets = {each: book.get_sheet_by_name(each).to_python(skip_empty_area=False) for each in ([name] if name else book.sheet_names)}
    filled = {each: rows for each, rows in sheets.items() if any(cell != "" for row in rows for cell in row)}
    if not filled:
        raise failed(f"No sheet of {file.name} has anything in it.")
    console = output_console()
    for each, rows in filled.items():
        suffix = "" if len(filled) == 1 else "_" + re.sub(r"[^\w-]+", "_", each)
        path = folder / f"{file.stem}{suffix}.csv"
        if path.exists():
            raise failed(f"{path} exists already; move it away first, or write elsewhere with --out.")
        _write(path, rows)
        console.print(f"{path}: {len(rows):,} lines of sheet '{each}'", markup=False, soft_wrap=True)
    console.print("→ What the loader would make of it: aftersales try FILE", markup=False, soft_wrap=True)


def _write(path: Path, rows: Sequence[Sequence[object]]) -> None:
    unfinished = path.with_name(path.name + ".tmp")
    with unfinished.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerows([_text(cell) for cell in row] for row in rows)
    unfinished.replace(path)


def _text(cell: object) -> str:  # noqa: PLR0911 - one way out for each type
    """A cell as the loader reads it."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < _LARGEST_EXACT:
            return str(int(cell))
        case datetime():
            if cell.date() in _NO_DAY:
                return cell.time().isoformat()
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
        case timedelta():
            # A duration: hours may go beyond a day.
            seconds = round(cell.total_seconds())
            return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)
