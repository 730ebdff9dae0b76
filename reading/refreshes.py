"""What a snapshot tells of the refreshes behind it: runs, checks, refused files, rejected rows, where every row went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from reading.check_results import CheckResult
from reading.snapshot import OpenSnapshot

CHECKS = ("quality", "check_results")
LEDGER = ("quality", "extract_ledger")
REJECTED_ROWS = ("quality", "rejected_rows")
ROW_ACCOUNTING = ("quality", "row_accounting")


@dataclass(frozen=True)
class PastRun:
    """A run whose checks are in the snapshot: one that published, or one before it that did not."""

    ended_at: datetime
    as_of: datetime | None
    checks_passed: int
    warnings: int
    critical: int
    loaded_files: int
    refused_files: int
    rows_read: int
    rows_rejected: int


@dataclass(frozen=True)
class RefusedFile:
    """A delivered file that could not be read."""

    met_at: datetime
    source_system: str
    feed: str
    file_name: str
    reason: str | None


@dataclass(frozen=True)
class RejectedRows:
    """Rows that were rejected for one reason, over all deliveries."""

    source_system: str
    feed: str
    column_name: str
    reason: str
    row_count: int


@dataclass(frozen=True)
class FeedFreshness:
    """What a feed has delivered so far, and when the last file of it was loaded (UTC)."""

    source_system: str
    feed: str
    last_loaded_at: datetime | None
    loaded_files: int
    refused_files: int
    rows_accepted: int
    rows_rejected: int


@dataclass(frozen=True)
class AccountedStage:
    """One stage of the rows of a feed or entity, as the newest run counted them."""

    stage: str
    source_system: str
    entity: str
    rows_in: int
    left_out: str
    rows_left_out: int
    rows_out: int
    rows_doubled: int
    difference: int
    is_balanced: bool
    run_id: str


def latest_runs(snapshot: OpenSnapshot, most: int) -> Sequence[PastRun]:
    """The last runs, newest first. Without a ledger nothing is known of their deliveries."""
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
        if snapshot.has_table(*LEDGER)
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
        limit {most}
        """
    ).fetchall()
    return [PastRun(*row) for row in rows]


def failed_checks(snapshot: OpenSnapshot) -> Sequence[CheckResult]:
    """What did not pass in the run that published the snapshot."""
    rows = snapshot.connection.execute(
        """
        select stage, subject, rule, severity, status, rows_checked, rows_failed, coalesce(message, '')
        from quality.check_results
        where run_id = ? and status <> 'passed'
        order by subject, rule
        """,
        [snapshot.manifest.run_id],
    ).fetchall()
    return [CheckResult(*row) for row in rows]


def refused_files(snapshot: OpenSnapshot, most: int) -> Sequence[RefusedFile]:
    """The refused files, newest first."""
    rows = snapshot.connection.execute(
        f"""
        select finished_at, source_system, feed, file_name, refusal_reason
        from quality.extract_ledger
        where status = 'refused'
        order by extract_id desc
        limit {most}
        """
    ).fetchall()
    return [RefusedFile(*row) for row in rows]


def feed_freshness(snapshot: OpenSnapshot) -> Sequence[FeedFreshness]:
    """The feeds, those first whose last file is oldest."""
    rows = snapshot.connection.execute(
        """
        select
            source_system,
            feed,
            max(finished_at) filter (where status = 'loaded') as last_loaded_at,
            count(*) filter (where status = 'loaded') as loaded_files,
            count(*) filter (where status = 'refused') as refused_files,
            coalesce(sum(rows_accepted), 0) as rows_accepted,
            coalesce(sum(rows_rejected), 0) as rows_rejected
        from quality.extract_ledger
        group by source_system, feed
        order by last_loaded_at nulls last, source_system, feed
        """
    ).fetchall()
    return [FeedFreshness(*row) for row in rows]


def rejected_rows(snapshot: OpenSnapshot, most: int) -> Sequence[RejectedRows]:
    """The reasons why most rows were rejected."""
    rows = snapshot.connection.execute(
        f"""
        select source_system, feed, coalesce(column_name, ''), reason, sum(row_count) as row_count
        from quality.rejected_rows
        group by source_system, feed, column_name, reason
        order by row_count desc, source_system, feed, column_name, reason
        limit {most}
        """
    ).fetchall()
    return [RejectedRows(*row) for row in rows]


def newest_accounting(connection: duckdb.DuckDBPyConnection) -> Sequence[AccountedStage]:
    """The row accounting of the newest run in a snapshot or, in the same table, in a warehouse."""
    rows = connection.execute(
        """
        select
            stage, source_system, entity, rows_in, coalesce(left_out, ''), rows_left_out, rows_out, rows_doubled,
            difference, is_balanced, run_id
        from quality.row_accounting
        where run_id = (select run_id from quality.row_accounting order by recorded_at desc, run_id limit 1)
        order by source_system, entity
        """
    ).fetchall()
    return [AccountedStage(*row) for row in rows]
