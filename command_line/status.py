"""``aftersales status``: what readers see now, how old it is, and what the last refreshes met on the way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from command_line import figures
from command_line.accounting import print_accounting
from command_line.refresh_view import failed_check_table, headline_table
from command_line.shared import HomeOption, home_folder, output_console, published_headline, reading_snapshot
from orchestration.home import Home
from orchestration.publishing.reading import OpenSnapshot
from orchestration.runs.refresh_report import FailedCheck
from orchestration.runs.run_lock import is_refresh_running

_MOST_RUNS = 5
_MOST_FILES = 20


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
    with reading_snapshot(place) as snapshot:
        _print_snapshot(console, snapshot)
        if _has_table(snapshot, "quality", "check_results"):
            console.print(_runs(snapshot))
            _print_failed_checks(console, snapshot)
        if _has_table(snapshot, "quality", "extract_ledger"):
            _print_refused_files(console, snapshot)
            _print_rejected_rows(console, snapshot)


def _is_refresh_running(home: Home) -> bool:
    try:
        return is_refresh_running(home)
    except PermissionError:
        # Whoever may only read the snapshots cannot ask for the lock, and need not.
        return False


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
    if manifest.headline:
        console.print(headline_table(published_headline(manifest)))


def _has_table(snapshot: OpenSnapshot, schema: str, name: str) -> bool:
    return any((table.schema_name, table.name) == (schema, name) for table in snapshot.manifest.tables)


def _runs(snapshot: OpenSnapshot) -> Table:
    """The last runs whose checks are in the snapshot: those that published, and those before them that did not."""
    has_ledger = _has_table(snapshot, "quality", "extract_ledger")
    deliveries = (
        """
        select
            run_id,
            count(*) filter (where status = 'loaded') as loaded_files,
            count(*) filter (where status = 'refused') as refused_files,
            sum(rows_read) as rows_read,
            sum(rows_rejected) as rows_rejected
        from quality.extract_ledger
        group by run_id
        """
        if has_ledger
        else "select null as run_id, 0 as loaded_files, 0 as refused_files, 0 as rows_read, 0 as rows_rejected where false"
    )
    rows = snapshot.connection.execute(
        f"""
        with runs as (
            select
                run_id,
                max(checked_at) as ended_at,
                max(as_of) as as_of,
                count(*) filter (where status = 'passed') as passed,
                count(*) filter (where status <> 'passed' and severity <> 'critical') as warnings,
                count(*) filter (where status <> 'passed' and severity = 'critical') as critical
            from quality.check_results
            group by run_id
        ),

        deliveries as ({deliveries})

        select
            runs.ended_at, runs.as_of, runs.passed, runs.warnings, runs.critical,
            coalesce(deliveries.loaded_files, 0), coalesce(deliveries.refused_files, 0),
            coalesce(deliveries.rows_read, 0), coalesce(deliveries.rows_rejected, 0)
        from runs
        left join deliveries on runs.run_id = deliveries.run_id
        order by runs.ended_at desc, runs.run_id
        limit {_MOST_RUNS}
        """
    ).fetchall()
    table = Table(title="Last refreshes", title_justify="left")
    table.add_column("Ended (UTC)", no_wrap=True)
    table.add_column("As of (UTC)", no_wrap=True)
    for title in ("Files", "Refused", "Rows read", "Rejected", "Checks passed", "Warnings", "Critical"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for ended_at, as_of, passed, warnings, critical, files, refused, read, rejected in rows:
        table.add_row(
            f"{ended_at:%Y-%m-%d %H:%M}",
            figures.NOTHING if as_of is None else f"{as_of:%Y-%m-%d %H:%M}",
            *(figures.count(number) for number in (files, refused, read, rejected, passed, warnings, critical)),
            "[red]gate failed[/]" if critical else "[green]gate passed[/]",
        )
    return table


def _print_failed_checks(console: Console, snapshot: OpenSnapshot) -> None:
    rows = snapshot.connection.execute(
        """
        select subject, rule, severity, rows_failed, coalesce(message, '')
        from quality.check_results
        where run_id = ? and status <> 'passed'
        order by subject, rule
        """,
        [snapshot.manifest.run_id],
    ).fetchall()
    if rows:
        console.print(failed_check_table([FailedCheck(*row) for row in rows]))


def _print_refused_files(console: Console, snapshot: OpenSnapshot) -> None:
    rows = snapshot.connection.execute(
        f"""
        select finished_at, source_system, feed, file_name, refusal_reason
        from quality.extract_ledger
        where status = 'refused'
        order by extract_id desc
        limit {_MOST_FILES}
        """
    ).fetchall()
    if not rows:
        console.print("No file has been refused.")
        return
    table = Table(title="Refused files, newest first", title_justify="left")
    table.add_column("Met (UTC)", no_wrap=True)
    for title in ("Feed", "File", "Why"):
        table.add_column(title, overflow="fold")
    for finished_at, source_system, feed, file_name, reason in rows:
        table.add_row(f"{finished_at:%Y-%m-%d %H:%M}", escape(f"{source_system}.{feed}"), escape(file_name), escape(reason or ""))
    console.print(table)


def _print_rejected_rows(console: Console, snapshot: OpenSnapshot) -> None:
    if not _has_table(snapshot, "quality", "rejected_rows"):
        return
    rows = snapshot.connection.execute(
        f"""
        select source_system, feed, coalesce(column_name, ''), reason, sum(row_count) as row_count
        from quality.rejected_rows
        group by source_system, feed, column_name, reason
        order by row_count desc, source_system, feed, column_name, reason
        limit {_MOST_FILES}
        """
    ).fetchall()
    if not rows:
        console.print("No row has been rejected.")
        return
    table = Table(title="Rejected rows, over all deliveries", title_justify="left")
    for title in ("Feed", "Column", "Why"):
        table.add_column(title, overflow="fold")
    table.add_column("Rows", justify="right", no_wrap=True)
    for source_system, feed, column_name, reason, row_count in rows:
        table.add_row(escape(f"{source_system}.{feed}"), escape(column_name), escape(reason), figures.count(row_count))
    console.print(table)
