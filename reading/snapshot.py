"""Opens the current snapshot for reading, safely beside a refresh that swaps it. Writes nothing anywhere.

Each opening resolves ``current`` anew and stays on the version it found: every query of one opening sees one and the
same set of marts. The connection can read that snapshot and nothing else on the machine.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from reading.connection import connected
from reading.errors import DamagedSnapshot, LacksTable
from reading.manifest import SnapshotManifest, read_manifest
from reading.versions import current_snapshot

CATALOG = "marts"
MEMORY_LIMIT = "4GB"


@dataclass(frozen=True)
class OpenSnapshot:
    """A snapshot that is open for reading. Its tables are ``schema.table`` on ``connection``."""

    path: Path
    manifest: SnapshotManifest
    connection: duckdb.DuckDBPyConnection

    def has_table(self, schema: str, name: str) -> bool:
        """Whether the snapshot was published with the table."""
        return any((table.schema_name, table.name) == (schema, name) for table in self.manifest.tables)


@contextmanager
def opened_snapshot(published: Path, *, version: Path | None = None, memory_limit: str = MEMORY_LIMIT) -> Generator[OpenSnapshot]:
    """The current snapshot in the folder ``published``, or that ``version`` of it, open until the end of the block.

    When the version is pruned between finding and opening it, the newer current one is opened instead. Raises
    ``NoSnapshot`` or ``DamagedSnapshot``.
    """
    with connected(":memory:", memory_limit=memory_limit) as connection:
        # Further connections to it are in that zone too.
        connection.execute("set global TimeZone = 'UTC'")
        # No spilling: the folder for it would be the one place this connection might still write to.
        connection.execute("set temp_directory = ''")
        path, manifest = _attach_current(connection, published) if version is None else (version, _attach(connection, version))
        connection.execute(f"use {CATALOG}")
        connection.execute("set enable_external_access = false")
        # An attached file stays open to functions and COPY, and so does the log that would lie beside it. What is open already is read on.
        connection.execute("set disabled_filesystems = 'LocalFileSystem'")
        connection.execute("set lock_configuration = true")
        yield OpenSnapshot(path=path, manifest=manifest, connection=connection)


def _attach_current(connection: duckdb.DuckDBPyConnection, published: Path) -> tuple[Path, SnapshotManifest]:
    path = current_snapshot(published)
    while True:
        try:
            return path, _attach(connection, path)
        except (FileNotFoundError, DamagedSnapshot) as error:
            newer = current_snapshot(published)
            if newer == path:
                raise DamagedSnapshot(
                    f"The current snapshot {path} is damaged: {error} "
                    "Run aftersales refresh again, or point the link current to an older version beside it."
                ) from error
            path = newer


def _attach(connection: duckdb.DuckDBPyConnection, path: Path) -> SnapshotManifest:
    """Attach the snapshot's tables as ``CATALOG`` when they are what its manifest says."""
    manifest = read_manifest(path)
    database_file = path / manifest.database.file
    size = database_file.stat().st_size
    if size != manifest.database.bytes:
        raise DamagedSnapshot(f"{database_file.name} has {size:,} bytes, its manifest says {manifest.database.bytes:,}.")
    try:
        connection.execute(f"attach ? as {CATALOG} (read_only)", [str(database_file)])
    except duckdb.Error as error:
        raise DamagedSnapshot(f"{database_file.name} cannot be opened ({str(error).splitlines()[0]}).") from error
    held = set(connection.execute("select schema_name, table_name from duckdb_tables() where database_name = ?", [CATALOG]).fetchall())
    listed = {(table.schema_name, table.name) for table in manifest.tables}
    if held != listed:
        connection.execute(f"detach {CATALOG}")
        names = ", ".join(sorted(f"{schema}.{table}" for schema, table in held ^ listed))
        raise DamagedSnapshot(f"{database_file.name} and its manifest do not agree on {names}.")
    return manifest


def damage(snapshot_folder: Path) -> list[str]:
    """What is wrong with a snapshot, byte for byte, as one line a fault; empty when it is whole.

    Reads every file. Opening a snapshot does not do this: it compares sizes and table names only.
    """
    try:
        manifest = read_manifest(snapshot_folder)
    except (FileNotFoundError, DamagedSnapshot) as error:
        return [str(error)]
    return manifest.changed_files(snapshot_folder)


@contextmanager
def said_when_lacking(what: str) -> Generator[None]:
    """Turn the want of a table in the block into ``LacksTable``: a snapshot has what was built when it was published."""
    try:
        yield
    except duckdb.CatalogException as error:
        raise LacksTable(f"The snapshot has no {what} ({str(error).splitlines()[0]}). Run: aftersales refresh") from error
