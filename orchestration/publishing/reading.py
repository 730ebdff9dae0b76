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

from orchestration.connections import connected
from orchestration.publishing import versions
from orchestration.publishing.errors import DamagedSnapshot, NoSnapshot
from orchestration.publishing.identifiers import path_literal
from orchestration.publishing.manifest import SnapshotManifest, read_manifest

CATALOG = "marts"


@dataclass(frozen=True)
class OpenSnapshot:
    """A snapshot that is open for reading. Its tables are ``schema.table`` on ``connection``."""

    path: Path
    manifest: SnapshotManifest
    connection: duckdb.DuckDBPyConnection


def current_snapshot(published: Path) -> Path:
    """The real path of the current snapshot. Raises ``NoSnapshot`` or, when the link is lost, ``DamagedSnapshot``."""
    version = versions.current_version(published)
    if version is None:
        current = published / versions.CURRENT
        if current.exists() or (published.is_dir() and versions.versions(published)):
            what = "is no link to a snapshot, as publishing makes it" if current.exists() else "is gone, though snapshots are there"
            raise DamagedSnapshot(f"{current} {what}. Run aftersales refresh again: it makes the link anew.")
        raise NoSnapshot(f"Nothing has been published in {published} yet. Run: aftersales refresh")
    return (published / version).resolve()


@contextmanager
def opened_snapshot(published: Path) -> Generator[OpenSnapshot]:
    """The current snapshot, open until the end of the block.

    When the version is pruned between finding and opening it, the newer current one is opened instead. Raises
    ``NoSnapshot`` or ``DamagedSnapshot``.
    """
    with connected(":memory:") as connection:
        # No spilling: the folder for it would be the one place this connection might still write to.
        connection.execute("set temp_directory = ''")
        path, manifest = _attach_current(connection, published)
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
        connection.execute(f"attach {path_literal(database_file)} as {CATALOG} (read_only)")
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
