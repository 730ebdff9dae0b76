"""Shows the row accounting of the newest run: where every row went, stage by stage, in words and numbers. Counts nothing itself."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from command_line.shared import failed, reading_snapshot
from orchestration.connections import connected
from orchestration.home import Home
from reading import figures
from reading.errors import SnapshotError
from reading.manifest import read_manifest
from reading.refreshes import ROW_ACCOUNTING, AccountedStage, newest_accounting
from reading.versions import current_snapshot

_STAGES = {
    "load": "files → raw tables",
    "staging": "raw tables → current rows of the source",
    "intermediate": "current rows → all sources, as known by then",
    "core": "all sources → facts and dimensions",
}


def print_accounting(console: Console, home: Home) -> None:
    """Print the newest accounting there is: that of the last run, published or not, else the published one."""
    lines = sorted(_of_warehouse(home) or _of_snapshot(home), key=lambda line: list(_STAGES).index(line.stage))
    if not lines:
        raise failed("No run has counted its rows yet. Run: aftersales refresh")
    unbalanced = [line for line in lines if not line.is_balanced]
    if lines[0].run_id != _published_run(home):
        console.print("This is the accounting of the last run, which was not published.", style="yellow")
    console.print(_by_stage(lines))
    console.print(_in_full(lines))
    for line in unbalanced:
        console.print(_in_words(line), style="red", markup=False, soft_wrap=True)
    if not unbalanced:
        console.print("Every row is accounted for.", style="green")


def _of_warehouse(home: Home) -> Sequence[AccountedStage]:
    """The accounting in the warehouse; nothing where there is none, a refresh holds the file, or the caller may not read it."""
    if not home.warehouse.exists():
        return []
    try:
        with connected(home.warehouse, read_only=True) as connection:
            return newest_accounting(connection)
    except (duckdb.Error, OSError):
        return []


def _of_snapshot(home: Home) -> Sequence[AccountedStage]:
    with reading_snapshot(home) as snapshot:
        return newest_accounting(snapshot.connection) if snapshot.has_table(*ROW_ACCOUNTING) else []


def _published_run(home: Home) -> str | None:
    try:
        return read_manifest(current_snapshot(home.published)).run_id
    except (SnapshotError, OSError):
        return None


def _by_stage(lines: Sequence[AccountedStage]) -> Table:
    table = Table(title="Rows from file to mart", title_justify="left")
    table.add_column("Stage", no_wrap=True)
    table.add_column("From → to", overflow="fold")
    for title in ("Rows in", "Left out", "Rows out", "Lost", "Doubled"):
        table.add_column(title, justify="right", no_wrap=True)
    for stage, meaning in _STAGES.items():
        of_stage = [line for line in lines if line.stage == stage]
        lost = sum(abs(line.difference) for line in of_stage)
        doubled = sum(line.rows_doubled for line in of_stage)
        table.add_row(
            stage,
            meaning,
            figures.count(sum(line.rows_in for line in of_stage)),
            figures.count(sum(line.rows_left_out for line in of_stage)),
            figures.count(sum(line.rows_out for line in of_stage)),
            *(f"[red]{number:,}[/]" if number else "0" for number in (lost, doubled)),
        )
    return table


def _in_full(lines: Sequence[AccountedStage]) -> Table:
    table = Table(title="By feed and entity", title_justify="left")
    table.add_column("Stage", no_wrap=True)
    table.add_column("Of", no_wrap=True)
    for title in ("Rows in", "Rows out"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("Left out", overflow="fold")
    table.add_column("Books", no_wrap=True)
    for line in lines:
        if line.rows_in or line.rows_out or not line.is_balanced:
            table.add_row(
                line.stage,
                escape(f"{line.source_system}.{line.entity}"),
                figures.count(line.rows_in),
                figures.count(line.rows_out),
                escape(line.left_out.replace("_", " ")),
                "balance" if line.is_balanced else "[red]do not balance[/]",
            )
    return table


def _in_words(line: AccountedStage) -> str:
    what = f"{line.source_system}.{line.entity}"
    said: list[str] = []
    if line.difference > 0:
        said.append(f"{line.difference:,} rows were lost without a name")
    if line.difference < 0:
        said.append(f"{-line.difference:,} rows are too many")
    if line.rows_doubled:
        said.append(f"{line.rows_doubled:,} rows are there twice")
    return f"{line.stage}, {what}: {' and '.join(said) or 'the books do not balance'}."
