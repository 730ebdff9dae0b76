"""Whether a new snapshot may begin with a copy of the current one, and what each part of that was made from. Copies no table.

What parts held in the warehouse is kept there, in ``quality.snapshot_parts``: a sum of hashes over few customers' own keys could be guessed
from, so it is never published. How a snapshot is made (the recipe) is one hash for all of its tables: a column that is published in another
way, or no more, would be left in the blocks of the file that its table is dropped from, so then the file is made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration.connections import connected
from orchestration.publishing.copying import WAREHOUSE, FormerTable, TableCopy, warehouse_columns
from orchestration.publishing.parts import Content, Days, Layout
from orchestration.sql_text import path_literal
from reading.errors import DamagedSnapshot
from reading.manifest import MANIFEST_FILE, SnapshotManifest, Stamp, TableEntry, read_manifest, stamp
from reading.versions import current_version, versions

_RECORDS = ("quality", "snapshot_parts")

# Beyond this share of free blocks a file is made anew.
_MOST_DEAD_SPACE = 0.5

_Key = tuple[str, str]


@dataclass(frozen=True)
class FormerSnapshot:
    """The snapshot that a new one begins with, whole to the byte, and what its parts held in the warehouse."""

    folder: Path
    manifest: SnapshotManifest
    days: Mapping[_Key, Days]

    @property
    def database_file(self) -> Path:
        """Its DuckDB file: to be copied, never to be written."""
        return self.folder / self.manifest.database.file

    def table(self, copy: TableCopy) -> FormerTable | None:
        """What it says of the table that ``copy`` makes; None when that is one of records, which is made whole each time."""
        key = (copy.table.schema, copy.table.name)
        entry = next((entry for entry in self.manifest.tables if (entry.schema_name, entry.name) == key), None)
        if entry is None or key not in self.days:
            return None
        layout = Layout.by(entry.parts_by, entry.types, self.manifest.as_of, kind=entry.parts_also_by)
        return FormerTable(self.folder, entry, layout, self.days[key])

    def tables_without(self, copies: Iterable[TableCopy]) -> list[TableEntry]:
        """Its tables that none of ``copies`` makes."""
        made = {(copy.table.schema, copy.table.name) for copy in copies}
        return [entry for entry in self.manifest.tables if (entry.schema_name, entry.name) not in made]


def recipe(copies: Sequence[TableCopy], *, key_id: str) -> str:
    """A hash of all that decides the bytes of a snapshot but the rows: tables, columns, words, types, queries, key, engine, this code."""
    digest = hashlib.sha256()
    for said in (duckdb.__version__, key_id, publishing_code(), *(repr((copy.table, copy.query, copy.types)) for copy in copies)):
        digest.update(hashlib.sha256(said.encode()).digest())
    return digest.hexdigest()


def publishing_code() -> str:
    """A hash of the modules of this package."""
    digest = hashlib.sha256()
    for module in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(hashlib.sha256(module.read_bytes()).digest())
    return digest.hexdigest()


def former_snapshot(connection: duckdb.DuckDBPyConnection, published: Path, *, recipe: str) -> FormerSnapshot | None:
    """The current snapshot, where a new one may begin with it; ``connection`` has the warehouse attached.

    It may not when it was not made by this ``recipe`` from this warehouse, when a byte of it has changed, or when its file is mostly dead
    space.
    """
    version = current_version(published)
    if version is None:
        return None
    folder = published / version
    try:
        manifest = read_manifest(folder)
    except (OSError, DamagedSnapshot):
        return None
    days = _recorded(connection, version=version, run_id=manifest.run_id, recipe=recipe)
    if not days or manifest.changed_files(folder, at_rest={**_not_written_since(folder, manifest), **manifest.at_rest}):
        return None
    former = FormerSnapshot(folder, manifest, days)
    return None if _dead_space(connection, former.database_file) > _MOST_DEAD_SPACE else former


def _not_written_since(folder: Path, manifest: SnapshotManifest) -> dict[str, Stamp]:
    """The stamps of Parquet files that were last written before the manifest was, when they were known to be right.

    Each link that is made to them changes a stamp, when they were written does not.
    """
    announced = (folder / MANIFEST_FILE).stat().st_mtime_ns
    files = [(part, folder / part.file) for table in manifest.tables for part in table.parts]
    told = [(part, file, file.stat()) for part, file in files if file.exists()]
    return {part.file: stamp(file) for part, file, found in told if found.st_mtime_ns < announced and found.st_size == part.bytes}


def _recorded(connection: duckdb.DuckDBPyConnection, *, version: str, run_id: str, recipe: str) -> dict[_Key, Days]:
    # The table of an older release tells no days.
    if "day_on" not in warehouse_columns(connection, *_RECORDS):
        return {}
    rows = connection.execute(
        f"""
        select schema_name, table_name, part, day_on, row_count, fingerprint
        from {WAREHOUSE}.{".".join(_RECORDS)}
        where version = ? and run_id = ? and recipe = ?
        """,
        [version, run_id, recipe],
    ).fetchall()
    parts: dict[_Key, dict[str, dict[date | None, Content]]] = {}
    for schema, table, part, day, row_count, fingerprint in rows:
        parts.setdefault((schema, table), {}).setdefault(part, {})[day] = Content(row_count, int(fingerprint))
    return dict(parts)


def _dead_space(connection: duckdb.DuckDBPyConnection, database_file: Path) -> float:
    """Which share of the file's blocks holds nothing."""
    connection.execute(f"attach {path_literal(database_file)} as former (read_only)")
    row = connection.execute("select free_blocks / total_blocks from pragma_database_size() where database_name = 'former'").fetchone()
    connection.execute("detach former")
    return float(row[0]) if row else 1.0


def record_parts(warehouse: Path, published: Path, copies: Iterable[TableCopy], *, version: str, run_id: str, recipe: str) -> None:
    """Note in the warehouse what the parts of ``version`` were made from, and forget it of versions that are gone."""
    rows = [
        (version, run_id, copy.table.schema, copy.table.name, recipe, part, content.rows, str(content.hashes), day)
        for copy in copies
        for part, days in copy.days.items()
        for day, content in days.items()
    ]
    table = ".".join(_RECORDS)
    with connected(warehouse) as connection:
        connection.execute("begin")
        connection.execute(f"create schema if not exists {_RECORDS[0]}")
        connection.execute(
            f"""
            create table if not exists {table} (
                version text, run_id text, schema_name text, table_name text, recipe text, part text, row_count bigint, fingerprint text
            )
            """
        )
        connection.execute(f"alter table {table} add column if not exists day_on date")
        connection.execute(f"delete from {table} where version = ? or not list_contains(?, version)", [version, versions(published)])
        columns = list(zip(*rows, strict=True))
        connection.execute(f"insert into {table} select {', '.join(['unnest(?)'] * len(columns))}", columns)
        connection.execute("commit")
