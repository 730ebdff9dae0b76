"""Brings rows of a snapshot into PostgreSQL by COPY, part by part, and takes parts out again. Opens no transaction."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import LiteralString, cast

import duckdb

from orchestration.publishing.copying import SNAPSHOT
from orchestration.publishing.parts import Layout
from orchestration.publishing.replica.server import Connection, ReplicaError, one_value, run
from orchestration.publishing.replica.shape import postgres_type
from orchestration.sql_text import identifier, path_literal
from reading.manifest import SnapshotManifest, TableEntry

_CHUNK = 1 << 18


def touched_parts(former: TableEntry, entry: TableEntry) -> tuple[list[str], list[str]]:
    """Which parts of the former table are to go, and which of the new one are to come."""
    before = {part.part: (part.rows, part.row_hashes) for part in former.parts}
    now = {part.part: (part.rows, part.row_hashes) for part in entry.parts}
    if _cut(former) != _cut(entry):
        return list(before), list(now)
    return [part for part in before if before[part] != now.get(part)], [part for part in now if now[part] != before.get(part)]


def _cut(table: TableEntry) -> tuple[str | None, str | None, bool]:
    """By what a table is cut; snapshots of older releases have no parts by year."""
    return table.parts_by, table.parts_also_by, any(part.part.partition("_")[0].isdecimal() for part in table.parts)


def delete_parts(server: Connection, former: SnapshotManifest, entry: TableEntry, parts: Collection[str]) -> None:
    """Delete what the ``former`` snapshot had in these parts of a table; in all of them, however it was cut into them."""
    held = {part.part for table in former.tables if table.full_name == entry.full_name for part in table.parts}
    layout = Layout.by(entry.parts_by, entry.types, former.as_of, kind=entry.parts_also_by)
    condition = "true" if held == set(parts) else layout.condition(parts)
    run(server, f"delete from {identifier(entry.schema_name, entry.name)} as source where {condition}")


def copy_parts(
    marts: duckdb.DuckDBPyConnection,
    server: Connection,
    manifest: SnapshotManifest,
    entry: TableEntry,
    parts: Collection[str],
    *,
    schema: str,
    folder: Path,
) -> None:
    """Copy these parts of a table of the attached snapshot into the table of that name in ``schema``.

    ``folder`` has room for one part at a time.
    """
    layout = Layout.by(entry.parts_by, entry.types, manifest.as_of, kind=entry.parts_also_by)
    names = ", ".join(identifier(name) for name in entry.types)
    selected = ", ".join(_written(name, data_type) for name, data_type in entry.types.items())
    texts = ", ".join(identifier(name) for name, data_type in entry.types.items() if postgres_type(data_type) == "text")
    quoted = f", force_quote ({texts})" if texts else ""
    file = folder / "part.csv"
    for part in parts:
        marts.execute(
            f"copy (select {selected} from {SNAPSHOT}.{identifier(entry.schema_name, entry.name)} as source"
            f" where {layout.condition([part])}) to {path_literal(file)} (format csv, header false, nullstr ''{quoted})"
        )
        statement = f"copy {identifier(schema, entry.name)} ({names}) from stdin (format csv)"
        with file.open("rb") as rows, server.cursor() as cursor, cursor.copy(cast(LiteralString, statement)) as copy:
            while chunk := rows.read(_CHUNK):
                copy.write(chunk)
        file.unlink()


def insist_on_rows(server: Connection, entry: TableEntry, *, schema: str) -> None:
    """Raise ``ReplicaError`` when a table has not as many rows as the snapshot."""
    there = one_value(server, f"select count(*) from {identifier(schema, entry.name)}")
    if there != entry.rows:
        raise ReplicaError(
            f"{entry.full_name} would have {there:,} rows in PostgreSQL and has {entry.rows:,} in the snapshot: somebody has written into "
            "the replica. Make it anew: aftersales publish-postgres --full"
        )


def _written(name: str, data_type: str) -> str:
    """SQL for a column as it is written: a text of PostgreSQL holds every character but NUL."""
    column = identifier("source", name)
    if postgres_type(data_type) != "text":
        return column
    return f"replace(cast({column} as varchar), chr(0), '␀') as {identifier(name)}"
