"""``aftersales status``: what readers see now, how old it is, and what the last refreshes met on the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from command_line.accounting import print_accounting
from command_line.alert_view import print_alerts
from command_line.refresh_summary import failed_checks, headline_table
from command_line.shared import HomeOption, home_folder, output_console, plain_table, reading_snapshot
from orchestration.home import Home
from orchestration.runs.last_failure import LastFailure, last_failure
from orchestration.runs.run_lock import is_refresh_running
from reading import figures, refreshes
from reading.refreshes import PastRun, RefusedFile, RejectedRows
from reading.snapshot import OpenSnapshot

_MOST_RUNS = 5
_MOST_FILES = 20
_WIDE = 110


def status(
    home: HomeOption = None,
    accounting: Annotated[
        bool, typer.Option("--accounting", help="Show instead where every row went, from file to mart, and which stage left out how many.")
    ] = False,
) -> None:
    """Show the published snapshot, its age, the last refreshes, refused files and rejected rows.

    Example: aftersales status --home /srv/aftersales --accounting
    """
    place = home_folder(home)
    console = output_console()
    if accounting:
        print_accounting(console, place)
        return
    if _is_refresh_running(place):
        console.print("A refresh is running now; what follows is what readers see meanwhile.", style="cyan")
    failure = last_failure(place)
    if failure is not None:
        _print_failure(console, failure)
    with reading_snapshot(place) as snapshot:
        _print_snapshot(console, snapshot)
        if snapshot.has_table(*refreshes.CHECKS):
            console.print(_run_table(refreshes.latest_runs(snapshot, _MOST_RUNS), width=console.width))
            failed = refreshes.failed_checks(snapshot)
            if failed:
                console.print(failed_checks(failed))
        if snapshot.has_table(*refreshes.LEDGER):
            _print_refused_files(console, refreshes.refused_files(snapshot, _MOST_FILES))
            if snapshot.has_table(*refreshes.REJECTED_ROWS):
                _print_rejected_rows(console, refreshes.rejected_rows(snapshot, _MOST_FILES))


def _is_refresh_running(home: Home) -> bool:
    try:
        return is_refresh_running(home)
    except PermissionError:
        # Whoever may only read the snapshots cannot ask for the lock, and need not.
        return False


def _print_failure(console: Console, failure: LastFailure) -> None:
    why = "a critical check failed" if failure.is_of_gate else "it did not come to its end"
    console.print(f"The last refresh ended {failure.ended_at} and published nothing: {why}.", style="bold red")
    for said in failure.said:
        console.print(f"→ {said}", markup=False, soft_wrap=True)


def _print_snapshot(console: Console, snapshot: OpenSnapshot) -> None:
    manifest = snapshot.manifest
    now = datetime.now(UTC)
    console.print(f"[bold]Snapshot[/] {manifest.version}")
    console.print(f"  path         {snapshot.path}", markup=False, soft_wrap=True)
    console.print(f"  published    {manifest.created_at:%Y-%m-%d %H:%M} UTC, {figures.age(now - manifest.created_at)} ago")
    if manifest.as_of is None:
        console.print("  speaks of    no data yet")
    else:
        console.print(f"  speaks of    everything up to {manifest.as_of:%Y-%m-%d %H:%M} UTC, {figures.age(now - manifest.as_of)} ago")
    rows = sum(table.rows for table in manifest.tables)
    console.print(f"  holds        {len(manifest.tables)} tables, {rows:,} rows, {manifest.database.bytes / 1e6:,.1f} MB")
    console.print(f"  checks       {manifest.checks.passed:,} passed, {manifest.checks.warnings:,} warnings")
    print_alerts(console, manifest.alerts)
    if manifest.headline:
        console.print(headline_table(manifest.headline, width=console.width))


def _run_table(runs: Sequence[PastRun], *, width: int) -> Table:
    """The last refreshes; on a narrow console what is most asked for, so that no number is cut."""
    counts = {
        "Files": [run.loaded_files for run in runs],
        "Refused": [run.refused_files for run in runs],
        "Rows read": [run.rows_read for run in runs],
        "Rejected": [run.rows_rejected for run in runs],
        "Passed": [run.checks_passed for run in runs],
        "Warnings": [run.warnings for run in runs],
        "Critical": [run.critical for run in runs],
    }
    is_wide = width >= _WIDE
    shown = counts if is_wide else {title: counts[title] for title in ("Files", "Rows read", "Rejected", "Passed", "Warnings")}
    table = plain_table("Last refreshes")
    for title in ("Ended (UTC)", *(["As of (UTC)"] if is_wide else [])):
        table.add_column(title, no_wrap=True)
    for title in shown:
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("Gate", no_wrap=True)
    for place, run in enumerate(runs):
        as_of = figures.NOTHING if run.as_of is None else f"{run.as_of:%Y-%m-%d %H:%M}"
        table.add_row(
            f"{run.ended_at:%Y-%m-%d %H:%M}",
            *([as_of] if is_wide else []),
            *(figures.count(numbers[place]) for numbers in shown.values()),
            "[red]failed[/]" if run.critical else "[green]passed[/]",
        )
    return table


def _print_refused_files(console: Console, files: Sequence[RefusedFile]) -> None:
    if not files:
        console.print("No file has been refused.")
        return
    table = plain_table("Refused files, newest first")
    table.add_column("Met (UTC)", no_wrap=True)
    for title in ("Feed", "File", "Why"):
        table.add_column(title, overflow="fold")
    for file in files:
        feed = escape(f"{file.source_system}.{file.feed}")
        table.add_row(f"{file.met_at:%Y-%m-%d %H:%M}", feed, escape(file.file_name), escape(file.reason or ""))
    console.print(table)


def _print_rejected_rows(console: Console, rejected: Sequence[RejectedRows]) -> None:
    if not rejected:
        console.print("No row has been rejected.")
        return
    table = plain_table("Rejected rows, over all deliveries")
    for title in ("Feed", "Column", "Why"):
        table.add_column(title, overflow="fold")
    table.add_column("Rows", justify="right", no_wrap=True)
    for rows in rejected:
        feed = escape(f"{rows.source_system}.{rows.feed}")
        table.add_row(feed, escape(rows.column_name), escape(rows.reason), figures.count(rows.row_count))
    console.print(table)
