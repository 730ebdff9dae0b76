"""Shows what Spark built in the warehouse file, as views over its Parquet under the names that DuckDB's tables have.

So accounting, forecasts, publishing and the gate read what they always read. Builds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from orchestration.connections import connected
from orchestration.project import DbtManifest, Relation
from orchestration.spark.last_build import EMPTY, is_noted
from orchestration.sql_text import identifier, path_literal

# What a build on DuckDB notes of what its tables were made of: it holds for those tables only.
_NOTES = "drop schema if exists working cascade; drop table if exists measures.built_periods"


def show_tables(warehouse: Path, manifest: DbtManifest, tables: Path) -> None:
    """Show each model and seed that is in ``tables``, in place of what bears its name; of others nothing is left. All or nothing."""
    with connected(warehouse) as connection:
        connection.begin()
        connection.execute(_NOTES)
        for relation in manifest.relations.values():
            if relation.materialized == "written_later":
                _make_empty(connection, relation)
                continue
            _drop(connection, relation.schema, relation.name)
            files = _files(connection, relation, tables)
            if files is not None:
                connection.execute(f"create schema if not exists {identifier(relation.schema)}")
                connection.execute(f"create view {identifier(relation.schema, relation.name)} as {_rows(connection, relation, files)}")
        connection.commit()


def forget_tables(warehouse: Path) -> bool:
    """Take away what was shown, before DuckDB builds tables in its place. Returns whether there was any."""
    with connected(warehouse) as connection:
        shown = _shown(connection)
        for schema, name, _ in shown:
            connection.execute(f"drop view {identifier(schema, name)}")
    return bool(shown)


def shown_folder(warehouse: Path, tables: Path) -> Path | None:
    """Of the folders in ``tables`` the one whose tables are shown; None where none is."""
    with connected(warehouse) as connection:
        queries = [query for _, _, query in _shown(connection)]
    folders = tables.iterdir() if tables.exists() else ()
    return next((folder for folder in folders if any(f"/{folder.name}/" in query for query in queries)), None)


def _shown(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    return connection.execute(
        "select schema_name, view_name, sql from duckdb_views() where database_name = current_database() and sql like '%read_parquet(%'"
    ).fetchall()


def _files(connection: duckdb.DuckDBPyConnection, relation: Relation, tables: Path) -> Path | None:
    """The files of a table, as a pattern; None where it was not made, or not to its end."""
    folder = tables / f"{relation.schema}.db" / relation.name
    if relation.materialized != "by_period":
        return folder / "*.parquet" if any(folder.glob("*.parquet")) else None
    if not is_noted(tables, relation.name):
        return None
    if not any(folder.glob("*/*.parquet")):
        # In parts, a table without rows has no file.
        (folder / EMPTY).mkdir(parents=True)
        columns = ", ".join(f"cast(null as {column.data_type}) as {identifier(column.name)}" for column in relation.columns)
        connection.execute(f"copy (select {columns} limit 0) to {path_literal(folder / EMPTY / 'rows.parquet')} (format parquet)")
    return folder / "*" / "*.parquet"


def _rows(connection: duckdb.DuckDBPyConnection, relation: Relation, files: Path) -> str:
    rows = f"read_parquet({path_literal(files)}, hive_partitioning = false)"
    declared = {column.name.lower(): column.data_type for column in relation.columns}
    columns = connection.execute(f"describe select told.* from {rows} as told").fetchall()
    return f"select {', '.join(_column(name, found, declared.get(name.lower(), '')) for name, found, *_ in columns)} from {rows}"


def _column(name: str, found: str, declared: str) -> str:
    """As DuckDB would have made it: moments have no zone there, and a contract names the type of the other columns."""
    column = identifier(name)
    if found == "TIMESTAMP WITH TIME ZONE":
        return f"{column} at time zone 'UTC' as {column}"
    return f"cast({column} as {declared}) as {column}" if declared else column


def _make_empty(connection: duckdb.DuckDBPyConnection, relation: Relation) -> None:
    """A table that orchestration fills is DuckDB's on either engine, made anew where its columns are other ones."""
    found = connection.execute(
        "select column_name from duckdb_columns() where schema_name = ? and table_name = ? order by column_index",
        [relation.schema, relation.name],
    ).fetchall()
    if [name for (name,) in found] != [column.name for column in relation.columns]:
        _drop(connection, relation.schema, relation.name)
        columns = ", ".join(f"{identifier(column.name)} {column.data_type}" for column in relation.columns)
        connection.execute(f"create schema if not exists {identifier(relation.schema)}")
        connection.execute(f"create table {identifier(relation.schema, relation.name)} ({columns})")


def _drop(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> None:
    kinds: Iterable[tuple[str]] = connection.execute(
        "select 'view' from duckdb_views() where database_name = current_database() and schema_name = ? and view_name = ? "
        "union all select 'table' from duckdb_tables() where database_name = current_database() and schema_name = ? and table_name = ?",
        [schema, name, schema, name],
    ).fetchall()
    for (kind,) in kinds:
        connection.execute(f"drop {kind} {identifier(schema, name)} cascade")
