"""Makes the raw schema: a table for every declared feed, the ledger and the rejects, and has the tables of current rows made beside them.

Creates and widens tables; never drops or rewrites what was loaded.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from orchestration.loading.current_rows import prepare_current
from orchestration.loading.declarations import RAW_SCHEMA, FeedDeclaration, SourceDeclaration
from orchestration.loading.identities import prepare_identities
from orchestration.sql_text import identifier

LEDGER_COLUMNS = {
    "extract_id": "bigint",
    "run_id": "varchar",
    "source_system": "varchar",
    "feed": "varchar",
    "file_name": "varchar",
    "file_format": "varchar",
    "sha256": "varchar",
    "byte_count": "bigint",
    "status": "varchar",
    "refusal_reason": "varchar",
    "message": "varchar",
    "rows_read": "bigint",
    "rows_accepted": "bigint",
    "rows_rejected": "bigint",
    "rows_left_out": "bigint",
    "unknown_columns": "varchar",
    "warning": "varchar",
    "started_at": "timestamp",
    "finished_at": "timestamp",
    # When the bytes were first refused, where they were; else they came when started_at says.
    "first_delivered_at": "timestamp",
    # The file's time when it was handled. With name and size it spares a nightly run from hashing what it hashed before.
    "modified_ns": "bigint",
}
REJECT_COLUMNS = {
    "extract_id": "bigint",
    "source_system": "varchar",
    "feed": "varchar",
    "file_name": "varchar",
    "line": "bigint",
    "column_name": "varchar",
    "reason": "varchar",
    "detail": "varchar",
    "raw_text": "varchar",
    "rejected_at": "timestamp",
    # The key of the row, where it could be read: by it a later version of the row is recognised.
    "row_key": "varchar",
}


class RawSchemaError(RuntimeError):
    """A raw table that does not fit its declaration and cannot be made to fit without losing data."""


def prepare_raw(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, SourceDeclaration]) -> None:
    """Create what is missing of the raw schema for every declared feed, and add columns that a declaration gained."""
    connection.execute(f"create schema if not exists {RAW_SCHEMA}")
    existing = _existing_columns(connection)
    _create(connection, "feed_readings", {"feed_table": "varchar", "reading": "varchar"})
    for table, columns in {"extract_ledger": LEDGER_COLUMNS, "rejects": REJECT_COLUMNS}.items():
        _create(connection, table, columns)
        for column in columns.keys() - existing.get(table, columns).keys():
            connection.execute(f"alter table {RAW_SCHEMA}.{identifier(table)} add column {identifier(column)} {columns[column]}")
    for source in sources.values():
        for feed in source.feeds.values():
            if feed.identifier in existing:
                _widen(connection, feed, feed.raw_columns, existing[feed.identifier])
            else:
                _create(connection, feed.identifier, feed.raw_columns)
    prepare_current(connection, sources)
    prepare_identities(connection)


def _create(connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]) -> None:
    listed = ", ".join(f"{identifier(column)} {sql_type}" for column, sql_type in columns.items())
    connection.execute(f"create table if not exists {RAW_SCHEMA}.{identifier(table)} ({listed})")


def _existing_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    tables: dict[str, dict[str, str]] = {}
    rows = connection.execute(
        "select table_name, column_name, lower(data_type) from duckdb_columns() "
        "where schema_name = ? and database_name = current_database()",
        [RAW_SCHEMA],
    ).fetchall()
    for table, column, data_type in rows:
        tables.setdefault(table, {})[column] = data_type
    return tables


def _widen(connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration, declared: Mapping[str, str], existing: Mapping[str, str]) -> None:
    table = f"{RAW_SCHEMA}.{identifier(feed.identifier)}"
    for column, sql_type in declared.items():
        if column not in existing:
            connection.execute(f"alter table {table} add column {identifier(column)} {sql_type}")
        elif existing[column] != sql_type:
            if _is_empty(connection, table):
                connection.execute(f"alter table {table} alter column {identifier(column)} type {sql_type}")
            else:
                raise RawSchemaError(
                    f"{feed.raw_table}, column '{column}': the warehouse holds {existing[column]}, the declaration says {sql_type}, "
                    f"and the table has rows. "
                    f"A refresh reads its extracts again where the archive has them all; give the column a new name in the declaration, "
                    f"or deliver those again that it lacks."
                )


def _is_empty(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return connection.execute(f"select 1 from {table} limit 1").fetchall() == []
