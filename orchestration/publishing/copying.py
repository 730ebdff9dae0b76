"""Copies one table from the warehouse into a snapshot: rows, descriptions, Parquet by parts. Decides neither what nor when.

Where the snapshot has the table already, in an older state, only the rows that differ are written, and only the parts that have them; what
comes of it is the same. The Parquet of a part is ordered by all columns; the rows of the table are, where it was made whole.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import duckdb

from orchestration.publishing.customer_key import CustomerKey, pseudonym_expression
from orchestration.publishing.errors import PublishingError
from orchestration.publishing.parts import WHOLE, Content, Days, Layout, parts_of, row_hash
from orchestration.publishing.selection import PublishedColumn, PublishedTable
from orchestration.sql_text import identifier, literal, path_literal
from reading.manifest import PARQUET_FOLDER, ColumnEntry, PartEntry, TableEntry, file_sha256

WAREHOUSE = "warehouse"
SNAPSHOT = "snapshot"

# The oldest storage format that DuckDB still writes: clients and drivers from 1.0 on read it.
STORAGE_VERSION = "v1.0.0"

# Beyond this share of deleted rows in a file they are cleared away.
_MOST_DEAD_ROWS = 0.25

# To find out which rows of a smaller table differ takes longer than to write all of them.
_COMPARED_FROM_ROWS = 20_000

_INEXACT_TYPES = ("DOUBLE", "FLOAT")

# Of the rows that were compared, those that are not on both sides as often.
_CHANGED = "semi join changed_hashes using (row_hash)"


@dataclass(frozen=True)
class TableCopy:
    """A table to publish and the query over the attached warehouse that yields it.

    Of a mart it is known, besides, from which table of the warehouse it comes row by row (``source``, empty when that is a view), of which
    types its columns are, and what each day of a part holds *there*: with the customers' own keys, so ``days`` is never published.
    """

    table: PublishedTable
    query: str
    source: str = ""
    types: Mapping[str, str] = field(default_factory=dict[str, str])
    layout: Layout = field(default_factory=Layout)
    days: Days = field(default_factory=dict[str, dict[date | None, Content]])

    @cached_property
    def contents(self) -> dict[str, Content]:
        """What each part holds in the warehouse."""
        return parts_of(self.days)


@dataclass(frozen=True)
class FormerTable:
    """What the snapshot that is taken over from says of a table, and what the days of its parts held in the warehouse then."""

    folder: Path
    entry: TableEntry
    layout: Layout
    days: Days


def attach_warehouse(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    """Attach the warehouse as ``WAREHOUSE``, for reading."""
    connection.execute(f"attach {path_literal(warehouse)} as {WAREHOUSE} (read_only)")


def attach_snapshot(connection: duckdb.DuckDBPyConnection, database_file: Path, *, held: Iterable[TableEntry] | None = None) -> None:
    """Attach the snapshot's DuckDB file as ``SNAPSHOT``, for writing; ``held`` are the tables it has already.

    What is written has no log, since what is half built is thrown away, and is written down once, when the file is let go of. Deleted rows
    stay, marked as dead, until they are many of those that are held.
    """
    options = f"storage_version {literal(STORAGE_VERSION)}, recovery_mode no_wal_writes"
    connection.execute(f"attach {path_literal(database_file)} as {SNAPSHOT} ({options})")
    connection.execute("set checkpoint_threshold = '1TB'")
    places = connection.execute("select sum(estimated_size) from duckdb_tables() where database_name = ?", [SNAPSHOT]).fetchone()
    if held is not None and places and sum(table.rows for table in held) < (places[0] or 0) * (1 - _MOST_DEAD_ROWS):
        connection.execute("set max_vacuum_tasks = 100")
    # What the optimizer knows of a table (has this column a null anywhere?) would decide how a part of it is encoded in Parquet.
    connection.execute("set disabled_optimizers = current_setting('disabled_optimizers') || ',statistics_propagation'")


def detach_snapshot(connection: duckdb.DuckDBPyConnection, database_file: Path) -> str:
    """Write everything into the one file and let go of it. Returns the version of its storage format."""
    connection.execute(f"checkpoint {SNAPSHOT}")
    row = connection.execute("select tags['storage_version'] from duckdb_databases() where database_name = ?", [SNAPSHOT]).fetchone()
    connection.execute(f"detach {SNAPSHOT}")
    write_ahead_log = database_file.with_name(f"{database_file.name}.wal")
    if write_ahead_log.exists():
        raise PublishingError(f"{write_ahead_log} is left over after the checkpoint: the snapshot is not whole. Run the refresh again.")
    return str(row[0]) if row else ""


def copy_table(
    connection: duckdb.DuckDBPyConnection,
    copy: TableCopy,
    *,
    folder: Path,
    version: str,
    key: CustomerKey | None = None,
    former: FormerTable | None = None,
) -> TableEntry:
    """Bring a table of the snapshot ``version`` in ``folder`` to what the warehouse has, as a table and as Parquet.

    With ``former`` the table is there as it was then. ``rows`` of what is returned is what the warehouse has: whether the copy has them all
    is for the gate to say. A table with pseudonyms needs the ``key``.
    """
    parameters = dict(key.sql_parameters) if key is not None and _has_pseudonyms(copy.table) else None
    held = copy.contents or {WHOLE: Content(_count(connection, f"({copy.query})", parameters), 0)}
    kept = _kept_parts(copy, former)
    # What readers get of a part, by the warehouse's account: of pseudonyms it is known only where they had to be made to compare.
    expected = dict(copy.contents) if not _has_pseudonyms(copy.table) else {}
    columns = former.entry.columns if former else ()
    if former is None or not copy.source:
        columns = _make(connection, copy, parameters)
    elif len(kept) < max(len(held), len(former.entry.parts)):
        rows = sum(content.rows for content in held.values())
        if copy.layout.column is None and rows < _COMPARED_FROM_ROWS:
            _replace_rows(connection, copy, parameters, only_changed=False)
        else:
            expected |= _compare(connection, copy, former, kept, parameters)
            if _count(connection, f"new_rows {_CHANGED}") * 2 > rows:
                _make(connection, copy, parameters)
            else:
                _replace_rows(connection, copy, parameters, only_changed=True)
    parts: list[PartEntry] = []
    for part in sorted(held):
        if former is not None and part in kept:
            parts.append(kept[part])
            _link(former.folder / kept[part].file, folder / kept[part].file)
        else:
            file = folder / PARQUET_FOLDER / copy.table.schema / copy.table.name / f"{part}.parquet"
            _write_parquet(connection, copy, part, file)
            parts.append(
                PartEntry(
                    part=part,
                    rows=held[part].rows,
                    row_hashes=str(expected[part].hashes) if part in expected else "",
                    file=str(file.relative_to(folder)),
                    bytes=file.stat().st_size,
                    sha256=file_sha256(file),
                    written_in=version,
                )
            )
    return TableEntry(
        schema_name=copy.table.schema,
        name=copy.table.name,
        rows=sum(content.rows for content in held.values()),
        columns=columns,
        parts_by=copy.layout.column,
        parts_also_by=copy.layout.kind,
        parts=tuple(parts),
    )


def _has_pseudonyms(table: PublishedTable) -> bool:
    return any(column.treatment == "pseudonym" for column in table.columns)


def _count(connection: duckdb.DuckDBPyConnection, relation: str, parameters: Mapping[str, bytes] | None = None) -> int:
    row = connection.execute(f"select count(*) from {relation}", parameters).fetchone()
    return row[0] if row else 0


def _kept_parts(copy: TableCopy, former: FormerTable | None) -> dict[str, PartEntry]:
    """The parts that hold in the warehouse what they held then."""
    if former is None or not former.layout.is_cut_as(copy.layout):
        return {}
    return {part.part: part for part in former.entry.parts if copy.days.get(part.part) == former.days.get(part.part, {})}


def _note_changed_days(connection: duckdb.DuckDBPyConnection, copy: TableCopy, former: FormerTable) -> None:
    """The days of parts that do not hold in the warehouse what they held then, as ``changed_days``."""
    changed = [
        copy.layout.place_of(part, day)
        for part in copy.days.keys() | former.days.keys()
        for now, then in [(copy.days.get(part, {}), former.days.get(part, {}))]
        for day in now.keys() | then.keys()
        if now.get(day) != then.get(day)
    ]
    connection.execute("create or replace temp table changed_days (is_open boolean, is_long boolean, day date, kind varchar)")
    columns = [list(column) for column in zip(*changed, strict=True)]
    connection.execute(f"insert into changed_days select {', '.join(['unnest(?)'] * len(columns))}", columns)


def _target(table: PublishedTable) -> str:
    return f"{SNAPSHOT}.{identifier(table.schema, table.name)}"


def _order(table: PublishedTable) -> str:
    """Ordered by what is published, never by what it was made from: the order of rows must not tell who is who.

    By all columns; those that come after the last that is needed to tell rows apart decide nothing, and would be dear to compare.
    """
    names = [column.name for column in table.columns]
    last = max((names.index(name) for name in table.grain), default=len(names))
    return ", ".join(f"{identifier('source', name)} nulls first" for name in names[: last + 1])


def _make(connection: duckdb.DuckDBPyConnection, copy: TableCopy, parameters: Mapping[str, bytes] | None) -> tuple[ColumnEntry, ...]:
    """Make the table whole, in the place of what is there. Returns its columns."""
    table, target = copy.table, _target(copy.table)
    connection.execute(f"create schema if not exists {SNAPSHOT}.{identifier(table.schema)}")
    connection.execute(f"drop table if exists {target}")
    by_part = f"{copy.layout.month} nulls last, {copy.layout.kinds}, " if copy.layout.column else ""
    order = f"{by_part}{_order(table)}"
    connection.execute(f"create table {target} as select source.* from ({copy.query}) as source order by {order}", parameters)
    _describe(connection, target, table)
    types = connection.execute(
        """
        select column_name, data_type from duckdb_columns()
        where database_name = ? and schema_name = ? and table_name = ?
        order by column_index
        """,
        [SNAPSHOT, table.schema, table.name],
    ).fetchall()
    return tuple(ColumnEntry(name=name, type=data_type) for name, data_type in types)


def _describe(connection: duckdb.DuckDBPyConnection, target: str, table: PublishedTable) -> None:
    """Keep the descriptions with the tables, where SQL clients show them."""
    if table.description:
        connection.execute(f"comment on table {target} is {literal(table.description)}")
    for column in table.columns:
        if column.description:
            connection.execute(f"comment on column {target}.{identifier(column.name)} is {literal(column.description)}")


def _compare(
    connection: duckdb.DuckDBPyConnection,
    copy: TableCopy,
    former: FormerTable,
    kept: Mapping[str, PartEntry],
    parameters: Mapping[str, bytes] | None,
) -> dict[str, Content]:
    """Compare the rows of the days that changed, each in its part, as they are published, into temporary tables.

    ``changed_hashes`` are those of rows that are not there as often as before, so that rows which are equal in all columns count too.
    Returns what such a part has now, by what it had and by what came and went.
    """
    is_cut_as_before = former.layout.is_cut_as(copy.layout)
    if is_cut_as_before:
        _note_changed_days(connection, copy, former)
    published = [published_expression(column, copy.types[column.name]) for column in copy.table.columns]
    there = [identifier("source", column.name) for column in copy.table.columns]
    held = {part.part: int(part.row_hashes) for part in former.entry.parts} if is_cut_as_before else {}
    for name, relation, layout, expressions, sign in (
        ("new_rows", copy.source, copy.layout, published, 1),
        ("old_rows", _target(copy.table), former.layout, there, -1),
    ):
        changed = " and ".join(f"{sql} is not distinct from changed.{column}" for column, sql in layout.place.items())
        # Which rows these are is asked first: what decides it is little to read.
        rows = f"source.rowid in (select source.rowid from {relation} as source semi join changed_days as changed on {changed})"
        connection.execute(
            f"create or replace temp table {name} as "
            f"select source.rowid as row_id, {', '.join(f'{sql} as {column}' for column, sql in layout.place.items())}, "
            f"{row_hash(expressions)} as row_hash "
            f"from {relation} as source where {rows if is_cut_as_before else 'true'}",
            parameters if expressions is published else None,
        )
        if not is_cut_as_before and expressions is there:
            continue
        hashes = f"select {', '.join(layout.place)}, sum(cast(row_hash as hugeint)) from {name} group by all"
        for *place, row_hashes in connection.execute(hashes).fetchall():
            part = layout.named(*place)
            held[part] = held.get(part, 0) + sign * row_hashes
    connection.execute(
        """
        create or replace temp table changed_hashes as
            select counted.row_hash
            from (select row_hash, 1 as times from new_rows union all select row_hash, -1 as times from old_rows) as counted
            group by counted.row_hash
            having sum(counted.times) <> 0
        """
    )
    return {part: Content(content.rows, held[part]) for part, content in copy.contents.items() if part not in kept}


def _replace_rows(
    connection: duckdb.DuckDBPyConnection, copy: TableCopy, parameters: Mapping[str, bytes] | None, *, only_changed: bool
) -> None:
    """Put the warehouse's rows in the place of those that are there: all, or of those that were compared the ones that changed."""
    target, order = _target(copy.table), _order(copy.table)
    gone = f" where rowid in (select row_id from old_rows {_CHANGED})" if only_changed else ""
    made = f" where source.rowid in (select row_id from new_rows {_CHANGED})" if only_changed else ""
    connection.execute(f"delete from {target}{gone}")
    connection.execute(f"insert into {target} select source.* from ({copy.query}{made}) as source order by {order}", parameters)


def published_expression(column: PublishedColumn, data_type: str) -> str:
    """SQL for what readers get of a column of the warehouse's table ``source``: no name of a person, and no zero below zero."""
    value = identifier("source", column.name)
    if column.treatment == "pseudonym":
        return pseudonym_expression(value)
    return f"{value} + cast(0 as {data_type})" if data_type in _INEXACT_TYPES else value


def _write_parquet(connection: duckdb.DuckDBPyConnection, copy: TableCopy, part: str, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    target, order = _target(copy.table), _order(copy.table)
    connection.execute(
        f"copy (select source.* from {target} as source where {copy.layout.condition([part])} order by {order}) "
        f"to {path_literal(file)} (format parquet, compression zstd)"
    )


def _link(former: Path, file: Path) -> None:
    """Give a file that stands for good a second name; where that cannot be (another disk, another owner), a copy."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(former, file)
    except OSError:
        shutil.copyfile(former, file)


def warehouse_columns(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> dict[str, str]:
    """Lower-case names of the columns of a table or view of the warehouse, with their types; empty when there is no such table."""
    rows = connection.execute(
        "select lower(column_name), data_type from duckdb_columns() where database_name = ? and schema_name = ? and table_name = ?",
        [WAREHOUSE, schema, table],
    ).fetchall()
    return dict(rows)
