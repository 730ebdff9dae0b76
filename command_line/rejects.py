"""``aftersales rejects``: the rejected rows that nothing has answered yet, as a list, and as files to correct and deliver again.

They are read from the warehouse itself, not from a snapshot: rejected rows are never published.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import duckdb
import typer
from rich.console import Console
from rich.markup import escape

from command_line.shared import HomeOption, error_console, failed, home_folder, misused, output_console, plain_table
from orchestration.connections import connected
from orchestration.home import Home
from orchestration.project import MODELS_FOLDER
from orchestration.runs.fault_advice import advice, kind_of
from reading import figures
from reading.errors import unknown_name
from reading.statements import neutralised

if TYPE_CHECKING:
    # The loader takes a moment to import.
    from orchestration.loading import FeedDeclaration
    from orchestration.loading.rejects import Export, RejectedRow

REASONS_FILE = "reasons.csv"
_MOST_ROWS = 50
_REASON_COLUMNS = (
    "feed",
    "exported_file",
    "exported_line",
    "delivered_file",
    "delivered_line",
    "state",
    "column",
    "reason",
    "expected",
    "detail",
    "row",
)


def rejects(
    home: HomeOption = None,
    feed: Annotated[
        str | None, typer.Option("--feed", metavar="FEED", help="Only this feed: its name, or source.name.", show_default="all feeds")
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export", metavar="DIR", help="Write the open rows below DIR, as they were delivered, to be corrected.", show_default=False
        ),
    ] = None,
    all_rows: Annotated[bool, typer.Option("--all", help="List those too that a later delivery has answered.")] = False,
) -> None:
    """List the rejected rows that are still open, or export them to be corrected and delivered again.

    The list says where and why, and no value: those may be personal data.

    DIR gets one file for each delivered file, with its header and its rejected rows exactly as they came: correct them with a text
    editor and move the files to the landing zone under the same names. reasons.csv beside them says what is wrong with each row and is
    safe to open in a spreadsheet; it is not meant to be delivered. Both hold personal data.

    Example: aftersales rejects --feed orders --export corrections
    """
    place = home_folder(home)
    if export is not None and all_rows:
        raise misused("Only open rows are exported: leave --all out.")
    if export is not None and export.resolve().is_relative_to(place.landing.resolve()):
        raise misused("Export to a folder outside of the landing zone: what lies there is loaded, corrected or not.")
    feeds = _feeds(feed)
    rows = _rows(place, feeds, only_open=not all_rows)
    console = output_console()
    if not rows:
        console.print("No rejected row is open." if not all_rows else "No row was ever rejected.")
    elif export is None:
        _print_list(console, rows)
    else:
        _export(console, place, rows, export)


def _feeds(named: str | None) -> list[FeedDeclaration]:
    from orchestration.loading import read_declarations

    declared = {
        f"{source.name}.{feed.name}": feed for source in read_declarations(MODELS_FOLDER).values() for feed in source.feeds.values()
    }
    if named is None:
        return list(declared.values())
    found = [feed for full_name, feed in declared.items() if named in (full_name, feed.name)]
    if not found:
        raise misused(unknown_name("feed", named, sorted(declared)))
    return found


def _rows(home: Home, feeds: list[FeedDeclaration], *, only_open: bool) -> list[RejectedRow]:
    if not home.warehouse.exists():
        raise failed(f"There is no warehouse in {home.root} yet. Run: aftersales refresh")

    from orchestration.loading.rejects import rejected_rows

    try:
        with connected(home.warehouse, read_only=True) as connection:
            return [row for feed in feeds for row in rejected_rows(connection, feed, only_open=only_open)]
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise failed("Nothing was loaded into this warehouse since rejected rows are followed up. Run: aftersales refresh") from error
    except (duckdb.Error, OSError) as error:
        next_step = advice(kind_of(error), home) or "While a refresh runs, nobody else can open the warehouse."
        raise failed(f"The rejected rows cannot be read: {str(error).splitlines()[0]}. {next_step}") from error


def _print_list(console: Console, rows: list[RejectedRow]) -> None:
    summary = plain_table("Rejected rows")
    for title in ("Feed", "Column", "Why", "Expected", "State"):
        summary.add_column(title, overflow="fold")
    summary.add_column("Rows", justify="right", no_wrap=True)
    counts = Counter(
        (_full_name(row), row.column_name or "", row.reason.replace("_", " "), expected_form(row), str(row.state)) for row in rows
    )
    for group, count in sorted(counts.items()):
        summary.add_row(*(escape(part) for part in group), figures.count(count))
    console.print(summary)
    table = plain_table("One by one")
    table.add_column("File", overflow="fold")
    table.add_column("Line", justify="right", no_wrap=True)
    for title in ("State", "What is wrong"):
        table.add_column(title, overflow="fold")
    for row in rows[:_MOST_ROWS]:
        # Not the detail: it quotes the value, and what is printed ends in terminals, tickets and logs.
        where = f"{row.column_name}: " if row.column_name else ""
        table.add_row(escape(row.file_name), str(row.line), str(row.state), escape(where + row.reason.replace("_", " ")))
    console.print(table)
    if len(rows) > _MOST_ROWS:
        console.print(f"and {len(rows) - _MOST_ROWS:,} more; --export writes the open ones to files.")


def expected_form(row: RejectedRow) -> str:
    """What the declaration wants in the place of what was rejected; nothing where a whole line could not be read."""
    return expected_of(row.feed, row.column_name, row.reason)


def expected_of(feed: FeedDeclaration, column_name: str | None, reason: str) -> str:
    """The same by column and reason."""
    if column_name is None or not feed.has_column(column_name):
        return ""
    column = feed.column(column_name)
    if reason == "wrong_type":
        return _form_of_type(column.data_type, feed)
    forms = {
        "required_null": "a value",
        "value_not_accepted": f"one of: {', '.join(column.accepted_values)}",
        "rounded_id": "all its digits, as text",
        "later_than_delivery": "not after its delivery",
    }
    return forms.get(reason, "")


def _form_of_type(data_type: str, feed: FeedDeclaration) -> str:
    match data_type:
        case "timestamp":
            return " or ".join(["2026-01-31 08:05:00", *feed.timestamp_formats]) + f", with an offset or in {feed.time_zone}"
        case "date":
            return " or ".join(["2026-01-31", *feed.date_formats])
        case "integer":
            return "a whole number"
        case "boolean":
            return "true or false"
        case _:
            return "a number, such as 1234.5"


def _export(console: Console, home: Home, rows: list[RejectedRow], folder: Path) -> None:
    from orchestration.loading import Archive
    from orchestration.loading.rejects import export_rejects, make_private_folder

    try:
        exports = list(export_rejects(rows, Archive(home.archive), folder))
        reasons = folder / REASONS_FILE
        make_private_folder(folder)
        reasons.touch(mode=0o600)
        reasons.chmod(0o600)
        with reasons.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(_REASON_COLUMNS)
            for one in exports:
                writer.writerows(_reasons(one, folder))
    except (OSError, ValueError) as error:
        raise failed(f"The rejected rows could not be written: {error}") from error
    for one in exports:
        first = one.rows[0].row
        if one.path is None:
            error_console().print(f"! {first.file_name}: {one.problem}", style="yellow", markup=False, soft_wrap=True)
        else:
            console.print(f"{one.path}: {len(one.rows):,} rows of {first.file_name}", markup=False, soft_wrap=True)
    console.print(f"{reasons}: what is wrong with each of them", markup=False, soft_wrap=True)
    console.print(
        f"→ Correct the files with a text editor and move them to {home.landing}; the next refresh loads them.",
        markup=False,
        soft_wrap=True,
    )


def _reasons(export: Export, folder: Path) -> Iterator[list[object]]:
    for exported in export.rows:
        row = exported.row
        path = "" if export.path is None else export.path.relative_to(folder.resolve()).as_posix()
        cells: tuple[object, ...] = (
            _full_name(row),
            path,
            exported.exported_line or None,
            row.file_name,
            row.line,
            str(row.state),
            row.column_name,
            row.reason,
            expected_form(row),
            row.detail,
            row.raw_text,
        )
        yield [neutralised(cell) for cell in cells]


def _full_name(row: RejectedRow) -> str:
    return f"{row.feed.source_system}.{row.feed.name}"
