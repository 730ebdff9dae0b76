"""Keeps the row accounting of every run in ``quality.row_accounting``, which is checked in the gate and published with the marts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.accounting.counting import RowCount, counted_rows
from orchestration.accounting.declarations import read_accounting
from orchestration.connections import connected
from orchestration.loading import read_declarations
from orchestration.project import MODELS_FOLDER, DbtManifest

ROW_ACCOUNTING_COLUMNS = {
    "run_id": "text",
    "recorded_at": "timestamp",
    "stage": "text",
    "source_system": "text",
    "entity": "text",
    "from_table": "text",
    "to_table": "text",
    "rows_in": "bigint",
    "left_out": "text",
    "rows_left_out": "bigint",
    "rows_out": "bigint",
    "rows_doubled": "bigint",
    "difference": "bigint",
    "is_balanced": "boolean",
}


def record_row_accounting(warehouse: Path, manifest: DbtManifest, *, run_id: str, as_of: datetime | None, time_zone: str) -> list[RowCount]:
    """Count every stage in ``warehouse`` as ``manifest`` declares it, and replace what ``run_id`` said before. Returns the counts.

    ``as_of`` (UTC) is the moment the marts in the file speak of, ``time_zone`` the business time zone.
    """
    sources, entities = read_declarations(MODELS_FOLDER), read_accounting(manifest)
    with connected(warehouse) as connection:
        counts = list(counted_rows(connection, sources, entities, as_of=as_of, time_zone=time_zone))
        write_row_accounting(connection, counts, run_id=run_id)
    return counts


def write_row_accounting(connection: duckdb.DuckDBPyConnection, counts: list[RowCount], *, run_id: str) -> None:
    """Write ``counts`` as those of ``run_id``, in place of earlier ones, in one transaction."""
    columns = ", ".join(f"{column} {sql_type}" for column, sql_type in ROW_ACCOUNTING_COLUMNS.items())
    recorded_at = datetime.now(UTC).replace(tzinfo=None)
    connection.execute(f"create schema if not exists quality; create table if not exists quality.row_accounting ({columns})")
    connection.begin()
    connection.execute("delete from quality.row_accounting where run_id = ?", [run_id])
    marks = ", ".join("?" for _ in ROW_ACCOUNTING_COLUMNS)
    for count in counts:
        connection.execute(
            f"insert into quality.row_accounting ({', '.join(ROW_ACCOUNTING_COLUMNS)}) values ({marks})",
            [
                run_id,
                recorded_at,
                count.stage,
                count.source_system,
                count.entity,
                count.from_table,
                count.to_table,
                count.rows_in,
                named(count),
                sum(count.left_out.values()),
                count.rows_out,
                count.rows_doubled,
                count.difference or count.rows_astray,
                count.is_balanced,
            ],
        )
    connection.commit()


def named(count: RowCount) -> str | None:
    """What is left out, in words: ``superseded 12, withdrawn 3``."""
    return ", ".join(f"{fate} {rows}" for fate, rows in count.left_out.items() if rows) or None
