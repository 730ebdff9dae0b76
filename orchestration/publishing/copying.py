"""Copies one table from the warehouse into a snapshot: rows in a fixed order, descriptions, Parquet. Decides neither what nor when."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.publishing.customer_key import CustomerKey
from orchestration.publishing.errors import PublishingError
from orchestration.publishing.selection import PublishedTable
from orchestration.sql_text import identifier, literal, path_literal
from reading.manifest import PARQUET_FOLDER, ColumnEntry, TableEntry, file_sha256

WAREHOUSE = "warehouse"
SNAPSHOT = "snapshot"

# The oldest storage format that DuckDB still writes: clients and drivers from 1.0 on read it.
STORAGE_VERSION = "v1.0.0"


@dataclass(frozen=True)
class TableCopy:
    """A table to publish and the query over the attached warehouse that yields it."""

    table: PublishedTable
    query: str


def attach_warehouse(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    """Attach the warehouse as ``WAREHOUSE``, for reading."""
    connection.execute(f"attach {path_literal(warehouse)} as {WAREHOUSE} (read_only)")


def attach_snapshot(connection: duckdb.DuckDBPyConnection, database_file: Path) -> None:
    """Attach the snapshot's DuckDB file as ``SNAPSHOT``, for writing."""
    connection.execute(f"attach {path_literal(database_file)} as {SNAPSHOT} (storage_version {literal(STORAGE_VERSION)})")


def detach_snapshot(connection: duckdb.DuckDBPyConnection, database_file: Path) -> str:
    """Write everything into the one file and let go of it. Returns the version of its storage format."""
    connection.execute(f"checkpoint {SNAPSHOT}")
    row = connection.execute("select tags['storage_version'] from duckdb_databases() where database_name = ?", [SNAPSHOT]).fetchone()
    connection.execute(f"detach {SNAPSHOT}")
    write_ahead_log = database_file.with_name(f"{database_file.name}.wal")
    if write_ahead_log.exists():
        raise PublishingError(f"{write_ahead_log} is left over after the checkpoint: the snapshot is not whole. Run the refresh again.")
    return str(row[0]) if row else ""


def copy_table(connection: duckdb.DuckDBPyConnection, copy: TableCopy, *, folder: Path, key: CustomerKey | None = None) -> TableEntry:
    """Write a table into the snapshot in ``folder``, once as a table and once as Parquet.

    ``rows`` of what is returned is what the warehouse has: whether the copy has them all is for the gate to say. A table with pseudonyms
    needs the ``key``.
    """
    table = copy.table
    target = f"{SNAPSHOT}.{identifier(table.schema, table.name)}"
    # Ordered by what is published, never by what it was made from: the order of rows must not tell who is who.
    ordered = ", ".join(f"{identifier(column.name)} nulls first" for column in table.columns)
    has_pseudonyms = any(column.treatment == "pseudonym" for column in table.columns)
    parameters = dict(key.sql_parameters) if key is not None and has_pseudonyms else None
    connection.execute(f"create schema if not exists {SNAPSHOT}.{identifier(table.schema)}")
    connection.execute(
        f"create table {target} as select * from ({copy.query}) as published order by {ordered}",
        parameters,
    )
    _describe(connection, target, table)
    parquet_file = folder / PARQUET_FOLDER / table.schema / f"{table.name}.parquet"
    parquet_file.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(f"copy {target} to {path_literal(parquet_file)} (format parquet, compression zstd)")
    rows = connection.execute(f"select count(*) from ({copy.query}) as published", parameters).fetchone()
    types = connection.execute(
        """
        select column_name, data_type from duckdb_columns()
        where database_name = ? and schema_name = ? and table_name = ?
        order by column_index
        """,
        [SNAPSHOT, table.schema, table.name],
    ).fetchall()
    return TableEntry(
        schema_name=table.schema,
        name=table.name,
        rows=rows[0] if rows else 0,
        columns=tuple(ColumnEntry(name=name, type=data_type) for name, data_type in types),
        parquet_file=str(parquet_file.relative_to(folder)),
        parquet_bytes=parquet_file.stat().st_size,
        parquet_sha256=file_sha256(parquet_file),
    )


def _describe(connection: duckdb.DuckDBPyConnection, target: str, table: PublishedTable) -> None:
    """Keep the descriptions with the tables, where SQL clients show them."""
    if table.description:
        connection.execute(f"comment on table {target} is {literal(table.description)}")
    for column in table.columns:
        if column.description:
            connection.execute(f"comment on column {target}.{identifier(column.name)} is {literal(column.description)}")


def warehouse_columns(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> set[str]:
    """Lower-case names of the columns of a table or view of the warehouse; empty when there is no such table."""
    rows = connection.execute(
        "select lower(column_name) from duckdb_columns() where database_name = ? and schema_name = ? and table_name = ?",
        [WAREHOUSE, schema, table],
    ).fetchall()
    return {row[0] for row in rows}
