"""Builds a snapshot of the marts under a name no reader looks at: pseudonyms, DuckDB file, Parquet. Announces nothing, runs no check.

What is built is what readers would get, so that the gate looks at that very file. A crash anywhere leaves the last snapshot as it was.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.connections import connected
from orchestration.home import Home
from orchestration.publishing import versions
from orchestration.publishing.alerts import open_alerts
from orchestration.publishing.copying import (
    SNAPSHOT,
    WAREHOUSE,
    TableCopy,
    attach_snapshot,
    attach_warehouse,
    copy_table,
    detach_snapshot,
    published_expression,
    warehouse_columns,
)
from orchestration.publishing.customer_key import CustomerKey, customer_key
from orchestration.publishing.errors import SelectionError
from orchestration.publishing.headline import headline_kpis
from orchestration.publishing.parts import SPLIT_FROM_ROWS, Layout, contents, row_hash
from orchestration.publishing.quality_tables import RECORDS
from orchestration.publishing.selection import PublishedTable, published_marts
from orchestration.publishing.taking_over import former_snapshot, recipe, record_parts
from orchestration.settings import business_time_zone
from orchestration.sql_text import identifier, path_literal
from reading.manifest import DATABASE_FILE, DRAFT_FILE, DatabaseEntry, SnapshotDraft, comes_to_rest, stamps_at_rest

# A larger file is at rest sooner than it is read.
_READ_BELOW_BYTES = 1_000_000_000

_AS_OF_TABLE = ("intermediate", "int_as_of__resolved")


@dataclass(frozen=True)
class BuiltSnapshot:
    """A snapshot that nobody has checked yet. Readers do not know of it."""

    folder: Path
    draft: SnapshotDraft
    messages: Sequence[str]


def build(home: Home, *, run_id: str, built_from: str = "", anew: bool = False, created_at: datetime | None = None) -> BuiltSnapshot:
    """Build a snapshot of the marts that ``run_id`` made in ``home``; ``built_from`` tells a later run what of."""
    return build_snapshot(
        warehouse=home.warehouse,
        dbt_manifest=home.dbt_target / "manifest.json",
        published=home.published,
        key=customer_key(home.customer_key_file),
        run_id=run_id,
        created_at=created_at or datetime.now(UTC),
        time_zone=business_time_zone(),
        built_from=built_from,
        anew=anew,
    )


def build_snapshot(
    *,
    warehouse: Path,
    dbt_manifest: Path,
    published: Path,
    key: CustomerKey,
    run_id: str,
    created_at: datetime,
    time_zone: str,
    built_from: str = "",
    anew: bool = False,
    split_from_rows: int = SPLIT_FROM_ROWS,
) -> BuiltSnapshot:
    """Build a snapshot of the marts in ``warehouse`` as ``.building-<version>``, in the place of what earlier runs left there.

    What the current snapshot has already is taken over from it where that can be, unless the snapshot is to be made ``anew``.

    Raises ``SelectionError`` when it is not clear what may be published, and whatever DuckDB or the disk raise; nothing is left then.
    """
    marts = published_marts(dbt_manifest)
    with versions.publishing_lock(published):
        refused = versions.was_refused(published)
        leftovers = versions.remove_leftovers(published)
        version = versions.next_version(published, created_at)
        folder = versions.building_folder(published, version)
        # Not for readers before it has passed: what the gate is there to find may be in it.
        folder.mkdir(mode=0o700)
        try:
            built = _build(
                folder,
                warehouse=warehouse,
                marts=marts,
                key=key,
                version=version,
                run_id=run_id,
                created_at=created_at,
                time_zone=time_zone,
                built_from=built_from,
                # What was refused may have been taken over: the next one owes it nothing.
                anew=anew or refused,
                split_from_rows=split_from_rows,
            )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    messages = [key.message, *built.messages]
    if leftovers:
        messages.append(f"Removed what an interrupted publish had left behind: {', '.join(leftovers)}.")
    return replace(built, messages=messages)


def _build(
    folder: Path,
    *,
    warehouse: Path,
    marts: Sequence[PublishedTable],
    key: CustomerKey,
    version: str,
    run_id: str,
    created_at: datetime,
    time_zone: str,
    built_from: str,
    anew: bool,
    split_from_rows: int,
) -> BuiltSnapshot:
    database_file = folder / DATABASE_FILE
    spill_folder = folder / "spill"
    with connected(":memory:") as connection:
        connection.execute(f"set temp_directory = {path_literal(spill_folder)}")
        attach_warehouse(connection, warehouse)
        as_of = _as_of(connection)
        copies = [*_mart_copies(connection, marts, as_of=as_of, split_from_rows=split_from_rows), *_quality_copies(connection)]
        made_by = recipe(copies, key_id=key.key_id)
        former = None if anew else former_snapshot(connection, folder.parent, recipe=made_by)
        if former is not None:
            shutil.copyfile(former.database_file, database_file)
        attach_snapshot(connection, database_file, held=former.manifest.tables if former else None)
        for gone in former.tables_without(copies) if former else ():
            connection.execute(f"drop table {SNAPSHOT}.{identifier(gone.schema_name, gone.name)}")
        entries = [
            copy_table(connection, copy, folder=folder, version=version, key=key, former=former.table(copy) if former else None)
            for copy in copies
        ]
        headline = headline_kpis(connection, catalog=SNAPSHOT, as_of=as_of, business_time_zone=time_zone) if as_of else ()
        alerts = open_alerts(connection, catalog=SNAPSHOT)
        storage_version = detach_snapshot(connection, database_file)
    shutil.rmtree(spill_folder, ignore_errors=True)
    record_parts(warehouse, folder.parent, copies, version=version, run_id=run_id, recipe=made_by)
    is_read = database_file.stat().st_size < _READ_BELOW_BYTES or not comes_to_rest(database_file)
    draft = SnapshotDraft(
        version=version,
        created_at=created_at,
        as_of=as_of,
        run_id=run_id,
        business_time_zone=time_zone,
        customer_key_id=key.key_id,
        duckdb_version=duckdb.__version__,
        built_from=built_from,
        database=DatabaseEntry.of(database_file, storage_version, is_read=is_read),
        headline=headline,
        alerts=alerts,
        tables=tuple(entries),
    )
    draft = draft.model_copy(update={"at_rest": stamps_at_rest(folder, (entry.file for entry in draft.files))})
    draft.write(folder / DRAFT_FILE)
    messages = [f"What has not changed since was taken over from {former.manifest.version}."] if former else []
    return BuiltSnapshot(folder=folder, draft=draft, messages=messages)


def _mart_copies(
    connection: duckdb.DuckDBPyConnection, marts: Iterable[PublishedTable], *, as_of: datetime | None, split_from_rows: int
) -> list[TableCopy]:
    copies: list[TableCopy] = []
    relations, tables = _built(connection)
    for table in marts:
        built = relations.get((table.schema, table.name), {})
        missing = [column.name for column in table.columns if column.name.lower() not in built]
        if missing:
            what = f"columns {', '.join(missing)}" if built else "the table"
            raise SelectionError(
                f"{table.full_name}: {what} declared in the dbt project but not in the warehouse. Build the model, then publish again."
            )
        is_table = (table.schema, table.name) in tables
        copies.append(_mart_copy(connection, table, built, is_table=is_table, as_of=as_of, split_from_rows=split_from_rows))
    return copies


def _built(connection: duckdb.DuckDBPyConnection) -> tuple[Mapping[tuple[str, str], Mapping[str, str]], Collection[tuple[str, str]]]:
    """The columns of all that the warehouse has, with their types, and what of it are tables: asked once, not for each mart."""
    relations: dict[tuple[str, str], dict[str, str]] = {}
    columns = "select schema_name, table_name, lower(column_name), data_type from duckdb_columns() where database_name = ?"
    for schema, name, column, data_type in connection.execute(columns, [WAREHOUSE]).fetchall():
        relations.setdefault((schema, name), {})[column] = data_type
    tables = connection.execute("select schema_name, table_name from duckdb_tables() where database_name = ?", [WAREHOUSE]).fetchall()
    return relations, set(tables)


def _mart_copy(
    connection: duckdb.DuckDBPyConnection,
    table: PublishedTable,
    built: Mapping[str, str],
    *,
    is_table: bool,
    as_of: datetime | None,
    split_from_rows: int,
) -> TableCopy:
    source = f"{WAREHOUSE}.{identifier(table.schema, table.name)}"
    types = {column.name: built[column.name.lower()] for column in table.columns}
    plain = {column.name: types[column.name] for column in table.columns if column.treatment == "plain"}
    counted = connection.execute(f"select count(*) from {source}").fetchone()

    def kinds_of(column: str) -> list[str | None]:
        kinds = connection.execute(f"select distinct {identifier('source', column)} from {source} as source").fetchall()
        return [kind for (kind,) in kinds]

    layout = Layout.of(plain, counted[0] if counted else 0, kinds_of, as_of=as_of, split_from_rows=split_from_rows)
    hashed = row_hash(identifier("source", name) for name in types)
    selected = ", ".join(f"{published_expression(column, types[column.name])} as {identifier(column.name)}" for column in table.columns)
    return TableCopy(
        table,
        f"select {selected} from {source} as source",
        source=source if is_table else "",
        types=types,
        layout=layout,
        days=contents(connection, source, layout, hashed),
    )


def _quality_copies(connection: duckdb.DuckDBPyConnection) -> list[TableCopy]:
    return [TableCopy(entry.table, entry.query) for entry in RECORDS if warehouse_columns(connection, *entry.source)]


def _as_of(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    if not warehouse_columns(connection, *_AS_OF_TABLE):
        return None
    row = connection.execute(f"select as_of_at from {WAREHOUSE}.{identifier(*_AS_OF_TABLE)}").fetchone()
    return row[0].replace(tzinfo=UTC) if row and row[0] else None
