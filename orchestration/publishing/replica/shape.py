"""How marts look in PostgreSQL: tables, keys, indexes, descriptions and wide views, as SQL. Speaks to no server.

Names are those of the snapshot. Beside its schemas there are ``aftersales``, whose one row says which snapshot this is, and ``wide``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from orchestration.publishing.copying import SNAPSHOT
from orchestration.sql_text import identifier, literal, literal_list
from reading.manifest import SnapshotManifest, TableEntry

STATE_SCHEMA = "aftersales"
STATE_TABLE = "snapshot"
WIDE_SCHEMA = "wide"

# What is not here (and a decimal) is written as text.
_TYPES = {
    **{name: name.lower() for name in ("BOOLEAN", "SMALLINT", "INTEGER", "BIGINT", "DATE", "TIME", "TIMESTAMP", "UUID")},
    **{"VARCHAR": "text", "DOUBLE": "double precision", "FLOAT": "real", "TIMESTAMP WITH TIME ZONE": "timestamptz", "TINYINT": "smallint"},
    **{"UTINYINT": "smallint", "USMALLINT": "integer", "UINTEGER": "bigint", "UBIGINT": "numeric(20)", "HUGEINT": "numeric(39)"},
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_PERIODS = ("dimension", "period_grain", "period_start")

_STATE_COLUMNS = {
    "version": ("text", "The snapshot that all tables are of."),
    "as_of": ("timestamptz", "The moment that it speaks of."),
    "created_at": ("timestamptz", "When it was published."),
    "business_time_zone": ("text", "The zone in which its periods are days."),
    "customer_key_id": ("text", "By which key customers are hashed: hashes of different keys do not join."),
    "shape": ("text", "A hash of how the tables are made here."),
    "manifest": ("text", "The manifest.json of the snapshot."),
}


@dataclass(frozen=True)
class ReplicaTable:
    """A published table, the columns that tell its rows apart (none where nothing does), and what is said of it and of its columns."""

    entry: TableEntry
    key: tuple[str, ...]
    description: str
    column_descriptions: Mapping[str, str]

    @property
    def name(self) -> tuple[str, str]:
        """Schema and name."""
        return self.entry.schema_name, self.entry.name


@dataclass(frozen=True)
class WideView:
    """A family with a column per KPI: ids with what each means."""

    family: str
    kpis: Mapping[str, str]


@dataclass(frozen=True)
class Shape:
    """Everything but the rows. ``prefix`` stands before the name of each schema while it is not for readers yet."""

    tables: Sequence[ReplicaTable]
    views: Sequence[WideView]

    @property
    def schemas(self) -> list[str]:
        """The names of all schemas that a replica has."""
        return schemas_of([table.entry for table in self.tables])

    @property
    def fingerprint(self) -> str:
        """By which replicas are known whose tables need no other columns, keys or words."""
        return hashlib.sha256("\n".join((*self.before_rows(""), *self.after_rows(""))).encode()).hexdigest()

    def before_rows(self, prefix: str) -> Iterator[str]:
        """Statements that make the tables."""
        for schema in self.schemas:
            yield f"create schema {identifier(prefix + schema)}"
        columns = ", ".join(f"{identifier(name)} {data_type}" for name, (data_type, _) in _STATE_COLUMNS.items())
        yield f"create table {identifier(prefix + STATE_SCHEMA, STATE_TABLE)} ({columns})"
        for table in self.tables:
            schema, name = table.name
            columns = ", ".join(f"{identifier(column)} {postgres_type(data_type)}" for column, data_type in table.entry.types.items())
            yield f"create table {identifier(prefix + schema, name)} ({columns})"

    def after_rows(self, prefix: str) -> Iterator[str]:
        """Statements that make all the rest: what is cheaper once the rows are there."""
        yield from _described(
            identifier(prefix + STATE_SCHEMA, STATE_TABLE),
            "table",
            "One row: the snapshot that all tables are of.",
            {name: words for name, (_, words) in _STATE_COLUMNS.items()},
        )
        for table in self.tables:
            schema, name = table.name
            target = identifier(prefix + schema, name)
            if key := _names(table.key):
                yield f"alter table {target} add primary key ({key})"
            yield from (f"create index on {target} ({_names(columns)})" for columns in _indexes(table))
            yield from _described(target, "table", table.description, table.column_descriptions)
        for view in self.views:
            target = identifier(prefix + WIDE_SCHEMA, view.family)
            yield f"create view {target} as {_wide(view, prefix)}"
            yield from _described(target, "view", f"The KPIs of the family {view.family}, a column each.", view.kpis)


def schemas_of(tables: Sequence[TableEntry]) -> list[str]:
    """The schemas of a replica that has these tables."""
    return [STATE_SCHEMA, *sorted({table.schema_name for table in tables}), WIDE_SCHEMA]


def shape_of(connection: duckdb.DuckDBPyConnection, manifest: SnapshotManifest, grains: Mapping[str, Collection[str]]) -> Shape:
    """The shape of the snapshot that is attached as ``SNAPSHOT``; ``grains`` says of ``schema.table`` which columns are its key."""
    described = _descriptions(connection)
    tables = [
        ReplicaTable(
            entry,
            _key(connection, entry, tuple(grains.get(entry.full_name, ()))),
            described.get((entry.schema_name, entry.name, ""), ""),
            {name: words for name in entry.types if (words := described.get((entry.schema_name, entry.name, name)))},
        )
        for entry in manifest.tables
    ]
    names = {entry.full_name for entry in manifest.tables}
    return Shape(tables, list(_views(connection)) if {"scoreboard.kpi_scoreboard", "scoreboard.kpi_coverage"} <= names else [])


def postgres_type(data_type: str) -> str:
    """What a column of a DuckDB type is in PostgreSQL."""
    decimal = _DECIMAL.fullmatch(data_type)
    return f"numeric({decimal[1]}, {decimal[2]})" if decimal else _TYPES.get(data_type, "text")


def _descriptions(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], str]:
    """What the snapshot says of its tables (with an empty column) and columns: the words of the dbt docs."""
    rows = connection.execute(
        """
        select schema_name, table_name, '', comment from duckdb_tables() where database_name = $catalog and comment is not null
        union all
        select schema_name, table_name, column_name, comment from duckdb_columns() where database_name = $catalog and comment is not null
        """,
        {"catalog": SNAPSHOT},
    ).fetchall()
    return {(schema, table, column): words for schema, table, column, words in rows}


def _key(connection: duckdb.DuckDBPyConnection, entry: TableEntry, grain: tuple[str, ...]) -> tuple[str, ...]:
    """The grain where it does tell the rows apart: a test of it that only warns has let others through."""
    if not grain or not set(grain) <= entry.types.keys():
        return ()
    is_null = " or ".join(f"{identifier(name)} is null" for name in grain)
    row = connection.execute(
        f"select count(*) = count(distinct hash({_names(grain)})), count(*) filter (where {is_null})"
        f" from {SNAPSHOT}.{identifier(entry.schema_name, entry.name)}"
    ).fetchone()
    return grain if row == (True, 0) else ()


def _indexes(table: ReplicaTable) -> Iterator[tuple[str, ...]]:
    """What tables are joined and cut by, beside the key."""
    types = table.entry.types
    if set(_PERIODS) <= types.keys():
        yield _PERIODS
    elif dated := next((name for name, data_type in types.items() if data_type in ("DATE", "TIMESTAMP")), None):
        yield (dated,)
    yield from ((name,) for name in types if name.endswith("_key") and name != (*table.key, "")[0])


def _views(connection: duckdb.DuckDBPyConnection) -> Iterator[WideView]:
    rows = connection.execute(
        f"""
        select family, kpi_id, kpi_name_en || ' (' || kpi_name_zh || '), ' || unit || ': ' || formula_en
        from {SNAPSHOT}.scoreboard.kpi_coverage order by family, kpi_id
        """
    ).fetchall()
    for family in sorted({family for family, _, _ in rows}):
        yield WideView(family, {kpi_id: words for other, kpi_id, words in rows if other == family})


def _wide(view: WideView, prefix: str) -> str:
    figures = ", ".join(f"max(value) filter (where kpi_id = {literal(kpi_id)}) as {identifier(kpi_id)}" for kpi_id in view.kpis)
    keys = "period_grain, period_start, dimension, member"
    return (
        f"select {keys}, bool_or(is_running_period) as is_running_period, {figures}"
        f" from {identifier(prefix + 'scoreboard', 'kpi_scoreboard')}"
        f" where kpi_id in ({literal_list(view.kpis)}) group by {keys}"
    )


def _described(target: str, kind: str, description: str, columns: Mapping[str, str]) -> Iterator[str]:
    if description:
        yield f"comment on {kind} {target} is {literal(description)}"
    yield from (f"comment on column {target}.{identifier(name)} is {literal(words)}" for name, words in columns.items())


def _names(columns: Sequence[str]) -> str:
    return ", ".join(identifier(column) for column in columns)
