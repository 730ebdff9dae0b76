"""Builds a snapshot of the marts and puts it in the place of the current one: write, check, name, swap, prune.

Whoever calls this has run the checks; here their recorded results are only read, as a second bolt on the door.
Everything is built under a name no reader looks at, so a crash anywhere leaves the last good snapshot as it was.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.connections import connected
from orchestration.home import Home
from orchestration.publishing import versions
from orchestration.publishing.customer_key import CustomerKey, customer_key, pseudonym_expression
from orchestration.publishing.errors import GateNotPassed, PublishingError, SelectionError
from orchestration.publishing.headline import headline_kpis
from orchestration.publishing.identifiers import identifier, path_literal, text_literal
from orchestration.publishing.manifest import (
    DATABASE_FILE,
    MANIFEST_FILE,
    PARQUET_FOLDER,
    CheckCounts,
    ColumnEntry,
    DatabaseEntry,
    SnapshotManifest,
    TableEntry,
)
from orchestration.publishing.quality_tables import QUALITY_TABLES
from orchestration.publishing.selection import PublishedColumn, PublishedTable, published_marts
from orchestration.settings import business_time_zone, snapshots_to_keep

# The oldest storage format that DuckDB still writes: clients and drivers from 1.0 on read it.
STORAGE_VERSION = "v1.0.0"

# A run has to have said something at each of these before its marts leave the warehouse.
CHECK_STAGES = ("inbound", "dbt", "outbound")

_WAREHOUSE = "warehouse"
_SNAPSHOT = "snapshot"
_AS_OF_TABLE = ("intermediate", "int_as_of__resolved")


@dataclass(frozen=True)
class PublishedSnapshot:
    """A snapshot that readers now see."""

    path: Path
    manifest: SnapshotManifest
    messages: Sequence[str]
    pruned: Sequence[str]


@dataclass(frozen=True)
class _Copy:
    """A table to publish and the query over the attached warehouse that yields it."""

    table: PublishedTable
    query: str


def publish(home: Home, *, run_id: str, created_at: datetime | None = None) -> PublishedSnapshot:
    """Publish the marts that ``run_id`` built in ``home``. What was decided on the way stands in ``messages``."""
    return publish_snapshot(
        warehouse=home.warehouse,
        dbt_manifest=home.dbt_target / "manifest.json",
        published=home.published,
        key=customer_key(home.customer_key_file),
        run_id=run_id,
        created_at=created_at or datetime.now(UTC),
        time_zone=business_time_zone(),
        keep=snapshots_to_keep(),
    )


def publish_snapshot(
    *,
    warehouse: Path,
    dbt_manifest: Path,
    published: Path,
    key: CustomerKey,
    run_id: str,
    created_at: datetime,
    time_zone: str,
    keep: int = 7,
) -> PublishedSnapshot:
    """Build a snapshot of the marts in ``warehouse``, make it the current one, and keep the newest ``keep``.

    Raises ``GateNotPassed`` when the checks recorded for ``run_id`` do not allow it, ``SelectionError`` when it is not
    clear what may be published, and whatever DuckDB or the disk raise; in each case ``current`` stays as it was.
    """
    marts = published_marts(dbt_manifest)
    with versions.publishing_lock(published):
        leftovers = versions.remove_leftovers(published)
        version = versions.next_version(published, created_at)
        building = versions.building_folder(published, version)
        building.mkdir(mode=0o755)
        try:
            manifest = _build(
                building,
                warehouse=warehouse,
                marts=marts,
                key=key,
                version=version,
                run_id=run_id,
                created_at=created_at,
                time_zone=time_zone,
            )
            _open_to_readers(building)
            snapshot = versions.announce(published, building, version)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        moved_aside = versions.point_current_to(published, version)
        pruned = versions.prune(published, keep)
    messages = [key.message]
    if moved_aside:
        messages.append(
            f"{published / versions.CURRENT} was no link but a file or folder; it is now {published / moved_aside}. Remove it when you "
            "do not need it."
        )
    if leftovers:
        messages.append(f"Removed what an interrupted publish had left behind: {', '.join(leftovers)}.")
    return PublishedSnapshot(path=snapshot, manifest=manifest, messages=messages, pruned=pruned)


def _build(
    building: Path,
    *,
    warehouse: Path,
    marts: Sequence[PublishedTable],
    key: CustomerKey,
    version: str,
    run_id: str,
    created_at: datetime,
    time_zone: str,
) -> SnapshotManifest:
    database_file = building / DATABASE_FILE
    spill_folder = building / "spill"
    with connected(":memory:") as connection:
        connection.execute(f"set temp_directory = {path_literal(spill_folder)}")
        connection.execute(f"attach {path_literal(warehouse)} as {_WAREHOUSE} (read_only)")
        checks = _passed_checks(connection, run_id)
        copies = [*_mart_copies(connection, marts), *_quality_copies(connection)]
        connection.execute(f"attach {path_literal(database_file)} as {_SNAPSHOT} (storage_version {text_literal(STORAGE_VERSION)})")
        entries = [_copy_table(connection, copy, building=building, key=key) for copy in copies]
        as_of = _as_of(connection)
        headline = headline_kpis(connection, catalog=_SNAPSHOT, as_of=as_of, business_time_zone=time_zone) if as_of else ()
        connection.execute(f"checkpoint {_SNAPSHOT}")
        storage_version = _storage_version(connection)
        connection.execute(f"detach {_SNAPSHOT}")
    shutil.rmtree(spill_folder, ignore_errors=True)
    write_ahead_log = database_file.with_name(f"{database_file.name}.wal")
    if write_ahead_log.exists():
        raise PublishingError(f"{write_ahead_log} is left over after the checkpoint: the snapshot is not whole. Run the refresh again.")
    manifest = SnapshotManifest(
        version=version,
        created_at=created_at,
        as_of=as_of,
        run_id=run_id,
        business_time_zone=time_zone,
        customer_key_id=key.key_id,
        duckdb_version=duckdb.__version__,
        database=DatabaseEntry(
            file=DATABASE_FILE,
            bytes=database_file.stat().st_size,
            sha256=file_sha256(database_file),
            storage_version=storage_version,
        ),
        checks=checks,
        headline=headline,
        tables=tuple(entries),
    )
    (building / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return manifest


def _passed_checks(connection: duckdb.DuckDBPyConnection, run_id: str) -> CheckCounts:
    """The counts of the run's checks; raises ``GateNotPassed`` when a stage ran none or a critical one did not pass."""
    if not _warehouse_columns(connection, "quality", "check_results"):
        raise GateNotPassed("No check has ever been recorded in this warehouse: refresh it before publishing.")
    counts = connection.execute(
        f"""
        select
            stage,
            count(*) filter (where status = 'passed'),
            count(*) filter (where status <> 'passed' and severity <> 'critical'),
            count(*) filter (where status <> 'passed' and severity = 'critical')
        from {_WAREHOUSE}.quality.check_results
        where run_id = ?
        group by stage
        """,
        [run_id],
    ).fetchall()
    silent = [stage for stage in CHECK_STAGES if stage not in {row[0] for row in counts}]
    if silent:
        raise GateNotPassed(
            f"Run {run_id} recorded no {' and no '.join(silent)} checks: only a refresh that ran all its checks is published."
        )
    broken = sum(row[3] for row in counts)
    if broken:
        raise GateNotPassed(f"{broken} critical checks of run {run_id} did not pass: the last good snapshot stays.")
    return CheckCounts(passed=sum(row[1] for row in counts), warnings=sum(row[2] for row in counts))


def _mart_copies(connection: duckdb.DuckDBPyConnection, marts: Iterable[PublishedTable]) -> list[_Copy]:
    copies: list[_Copy] = []
    for table in marts:
        built = _warehouse_columns(connection, table.schema, table.name)
        missing = [column.name for column in table.columns if column.name.lower() not in built]
        if missing:
            what = f"columns {', '.join(missing)}" if built else "the table"
            raise SelectionError(
                f"{table.full_name}: {what} declared in the dbt project but not in the warehouse. Build the model, then publish again."
            )
        selected = ", ".join(_column_expression(column) for column in table.columns)
        copies.append(_Copy(table, f"select {selected} from {_WAREHOUSE}.{identifier(table.schema, table.name)} as source"))
    return copies


def _quality_copies(connection: duckdb.DuckDBPyConnection) -> list[_Copy]:
    return [_Copy(entry.table, entry.query) for entry in QUALITY_TABLES if _warehouse_columns(connection, *entry.source)]


def _warehouse_columns(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> set[str]:
    """Lower-case names of the columns of a table or view of the warehouse; empty when there is no such table."""
    rows = connection.execute(
        "select lower(column_name) from duckdb_columns() where database_name = ? and schema_name = ? and table_name = ?",
        [_WAREHOUSE, schema, table],
    ).fetchall()
    return {row[0] for row in rows}


def _column_expression(column: PublishedColumn) -> str:
    name = identifier(column.name)
    source = f"source.{name}"
    return f"{pseudonym_expression(source)} as {name}" if column.treatment == "pseudonym" else f"{source} as {name}"


def _copy_table(connection: duckdb.DuckDBPyConnection, copy: _Copy, *, building: Path, key: CustomerKey) -> TableEntry:
    table = copy.table
    target = f"{_SNAPSHOT}.{identifier(table.schema, table.name)}"
    # Ordered by what is published, never by what it was made from: the order of rows must not tell who is who.
    ordered = ", ".join(f"{identifier(column.name)} nulls first" for column in table.columns)
    has_pseudonyms = any(column.treatment == "pseudonym" for column in table.columns)
    connection.execute(f"create schema if not exists {_SNAPSHOT}.{identifier(table.schema)}")
    connection.execute(
        f"create table {target} as select * from ({copy.query}) as published order by {ordered}",
        dict(key.sql_parameters) if has_pseudonyms else None,
    )
    _describe(connection, target, table)
    parquet_file = building / PARQUET_FOLDER / table.schema / f"{table.name}.parquet"
    parquet_file.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(f"copy {target} to {path_literal(parquet_file)} (format parquet, compression zstd)")
    rows = connection.execute(f"select count(*) from {target}").fetchone()
    types = connection.execute(
        """
        select column_name, data_type from duckdb_columns()
        where database_name = ? and schema_name = ? and table_name = ?
        order by column_index
        """,
        [_SNAPSHOT, table.schema, table.name],
    ).fetchall()
    return TableEntry(
        schema_name=table.schema,
        name=table.name,
        rows=rows[0] if rows else 0,
        columns=tuple(ColumnEntry(name=name, type=data_type) for name, data_type in types),
        parquet_file=str(parquet_file.relative_to(building)),
        parquet_bytes=parquet_file.stat().st_size,
        parquet_sha256=file_sha256(parquet_file),
    )


def _describe(connection: duckdb.DuckDBPyConnection, target: str, table: PublishedTable) -> None:
    """Keep the descriptions with the tables, where SQL clients show them."""
    if table.description:
        connection.execute(f"comment on table {target} is {text_literal(table.description)}")
    for column in table.columns:
        if column.description:
            connection.execute(f"comment on column {target}.{identifier(column.name)} is {text_literal(column.description)}")


def _as_of(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    if not _warehouse_columns(connection, *_AS_OF_TABLE):
        return None
    row = connection.execute(f"select as_of_at from {_WAREHOUSE}.{identifier(*_AS_OF_TABLE)}").fetchone()
    return row[0].replace(tzinfo=UTC) if row and row[0] else None


def _storage_version(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute("select tags['storage_version'] from duckdb_databases() where database_name = ?", [_SNAPSHOT]).fetchone()
    return str(row[0]) if row else ""


def _open_to_readers(building: Path) -> None:
    """Everybody may read a snapshot, nobody may change it by accident: files 0644, folders 0755, whatever the umask."""
    building.chmod(0o755)
    for path in building.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
