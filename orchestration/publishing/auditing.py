"""The last look at a snapshot, after the last writing: its DuckDB file against the record of what was built and against its Parquet.

Parts that an older snapshot had already are what was audited in that; new ones are the same in both forms. Rules about what rows say are
``expectations``'.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from orchestration.publishing.copying import SNAPSHOT
from orchestration.publishing.errors import SpoiltSnapshot
from orchestration.publishing.parts import Content, Layout, contents, parts_of, row_hash
from orchestration.sql_text import identifier, one_file
from reading.manifest import PartEntry, SnapshotDraft, TableEntry


def audited(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[TableEntry], *, folder: Path, draft: SnapshotDraft
) -> tuple[TableEntry, ...]:
    """The ``tables`` of the snapshot that is attached as ``SNAPSHOT``, with what each part holds.

    Raises ``SpoiltSnapshot`` when a table has not the rows it had when it was built, or its Parquet files have others.
    """
    return tuple(_audited_table(connection, table, folder=folder, draft=draft) for table in tables)


def _audited_table(connection: duckdb.DuckDBPyConnection, table: TableEntry, *, folder: Path, draft: SnapshotDraft) -> TableEntry:
    layout = Layout.by(table.parts_by, table.types, draft.as_of, kind=table.parts_also_by)
    hashed = row_hash(identifier("source", name) for name in table.types)
    held = parts_of(contents(connection, f"{SNAPSHOT}.{identifier(table.schema_name, table.name)}", layout, hashed))
    row_count = sum(content.rows for content in held.values())
    if row_count != table.rows:
        raise SpoiltSnapshot(
            f"{table.full_name} has {row_count:,} rows in the snapshot and {table.rows:,} in the warehouse. Run the refresh again."
        )
    written = _parquet_contents(connection, table, [part for part in table.parts if part.written_in == draft.version], folder=folder)
    parts: list[PartEntry] = []
    for part in table.parts:
        there = held.get(part.part)
        if there is None or there.rows != part.rows or part.row_hashes not in ("", str(there.hashes)):
            raise SpoiltSnapshot(
                f"{table.full_name}, part {part.part}, has other rows in the snapshot than it was built from: "
                f"{there.rows if there else 0:,} there, {part.rows:,} expected. Run the refresh again."
            )
        if written.get(part.part, there) != there:
            raise SpoiltSnapshot(f"{part.file} has other rows than {table.full_name}. Run the refresh again.")
        parts.append(part.model_copy(update={"row_hashes": str(there.hashes)}))
    return table.model_copy(update={"parts": tuple(parts)})


def _parquet_contents(
    connection: duckdb.DuckDBPyConnection, table: TableEntry, parts: Sequence[PartEntry], *, folder: Path
) -> dict[str, Content]:
    """What the Parquet files of these parts hold."""
    if not parts:
        return {}
    # Parquet knows fewer types: a value is compared as what it is in the table.
    hashed = row_hash(f"cast({identifier('source', name)} as {data_type})" for name, data_type in table.types.items())
    files = ", ".join(one_file(folder / part.file) for part in parts)
    held = connection.execute(
        f"""
        select parse_filename(source.part_file, true), count(*), sum(cast({hashed} as hugeint))
        from read_parquet([{files}], filename = 'part_file') as source
        group by source.part_file
        """
    ).fetchall()
    found = {part: Content(rows, hashes) for part, rows, hashes in held}
    return {part.part: found.get(part.part, Content(0, 0)) for part in parts}
