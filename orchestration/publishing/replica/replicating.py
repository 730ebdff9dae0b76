"""Brings the replica to the current snapshot: what has changed in one transaction, or everything anew beside it and then in its place.

Readers see one snapshot or the next, never parts of both, whatever their isolation: rows are replaced where tables stay, and where other
tables take their names (a new column, ``full``) that waits until nobody is in the middle of reading the old ones.
"""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from psycopg import errors

from orchestration.connections import connected
from orchestration.home import Home
from orchestration.project import dbt_manifest
from orchestration.publishing.copying import SNAPSHOT
from orchestration.publishing.replica.rows import copy_parts, delete_parts, insist_on_rows, touched_parts
from orchestration.publishing.replica.server import (
    PASSING,
    Connection,
    ReplicaError,
    State,
    ensure_reader,
    grant_reading,
    insist_names_are_free,
    one_value,
    opened_server,
    read_state,
    run,
    write_state,
)
from orchestration.publishing.replica.shape import STATE_SCHEMA, Shape, schemas_of, shape_of
from orchestration.settings import REPLICA_READER
from orchestration.sql_text import identifier, literal_list, path_literal
from reading.manifest import SnapshotManifest, read_manifest
from reading.versions import current_snapshot, current_version

BUILDING_PREFIX = "aftersales_building_"

# For how long a publish waits for readers who hold what it has to replace.
PATIENCE_SECONDS = 120.0
# Shorter than deadlock_timeout: whoever waits for us while we wait for them reads on before the server makes an end of one of us.
_LOCK_MILLISECONDS = 400


@dataclass(frozen=True)
class Replicated:
    """What was done: the snapshot that readers have now, and which parts of it were written."""

    version: str
    is_full: bool
    parts: int
    rows: int


@dataclass(frozen=True)
class _Publish:
    marts: duckdb.DuckDBPyConnection
    server: Connection
    manifest: SnapshotManifest
    shape: Shape
    reader: str
    folder: Path
    patience: float


def replicate_home(home: Home, address: str, *, full: bool = False) -> Replicated:
    """Bring the replica at ``address`` to what ``home`` has published, with the keys that the project's data tests claim."""
    try:
        marts = dbt_manifest(home.dbt_target).marts
    except FileNotFoundError:
        # A home that only holds snapshots.
        marts = ()
    return replicate(home.published, address, grains={mart.subject: mart.grain for mart in marts}, reader=REPLICA_READER.text, full=full)


def is_behind(home: Home, address: str) -> bool:
    """Whether the replica at ``address`` is of another snapshot than ``home`` has published last."""
    with opened_server(address) as server:
        state = read_state(server)
    return current_version(home.published) not in (None, state.manifest.version if state else "")


def replicate(
    published: Path,
    address: str,
    *,
    grains: Mapping[str, Collection[str]],
    reader: str,
    full: bool = False,
    patience: float = PATIENCE_SECONDS,
) -> Replicated:
    """Bring the replica at ``address`` to the current snapshot in ``published``; the role ``reader`` may read it, and nobody else.

    ``grains`` says of ``schema.table`` which columns tell its rows apart. Raises ``ReplicaError``; readers have what they had then.
    """
    path = current_snapshot(published)
    manifest = read_manifest(path)
    with connected(":memory:") as marts, opened_server(address) as server, TemporaryDirectory(prefix="aftersales-replica-") as folder:
        marts.execute(f"attach {path_literal(path / manifest.database.file)} as {SNAPSHOT} (read_only)")
        shape = shape_of(marts, manifest, grains)
        state = read_state(server)
        insist_names_are_free(server, shape.schemas, ours=schemas_of(state.manifest.tables) if state else ())
        ensure_reader(server, reader)
        if state is not None and not full and (state.manifest.version, state.shape) == (manifest.version, shape.fingerprint):
            return Replicated(manifest.version, False, 0, 0)
        publish = _Publish(marts, server, manifest, shape, reader, Path(folder), patience)
        if state is None or full or state.shape != shape.fingerprint:
            return _in_full(publish, state)
        return _in_place(publish, state)


# In place: the tables stay, rows of touched parts are replaced ---------------------------------------------------------------


def _in_place(publish: _Publish, state: State) -> Replicated:
    former = {table.full_name: table for table in state.manifest.tables}
    touched = [(table.entry, *touched_parts(former[table.entry.full_name], table.entry)) for table in publish.shape.tables]
    touched = [(entry, gone, come) for entry, gone, come in touched if gone or come]
    server, deadline = publish.server, time.monotonic() + publish.patience
    while True:
        try:
            with server.transaction():
                run(server, "set local lock_timeout = '5s'")
                for entry, gone, come in touched:
                    delete_parts(server, state.manifest, entry, gone)
                    copy_parts(publish.marts, server, publish.manifest, entry, come, schema=entry.schema_name, folder=publish.folder)
                    insist_on_rows(server, entry, schema=entry.schema_name)
                write_state(server, STATE_SCHEMA, publish.shape, publish.manifest)
            break
        except PASSING as error:
            _wait_or_give_up(publish, deadline, error)
    grant_reading(server, publish.shape.schemas, publish.reader)
    for entry, _, _ in touched:
        # Room for the next time, and what the planner knows. Shrinking the file would need a lock that readers are in the way of.
        run(server, f"vacuum (analyze, truncate false) {identifier(entry.schema_name, entry.name)}")
    come_parts = [part for entry, _, come in touched for part in entry.parts if part.part in come]
    return Replicated(publish.manifest.version, False, len(come_parts), sum(part.rows for part in come_parts))


# In full: other tables take the names ----------------------------------------------------------------------------------------


def _in_full(publish: _Publish, state: State | None) -> Replicated:
    server, shape = publish.server, publish.shape
    _remove_building(server)
    try:
        # For good before the swap: who looks at the new tables finds their rows there, however old the snapshot of a transaction.
        with server.transaction():
            for statement in shape.before_rows(BUILDING_PREFIX):
                run(server, statement)
            for table in shape.tables:
                schema, parts = BUILDING_PREFIX + table.entry.schema_name, [part.part for part in table.entry.parts]
                copy_parts(publish.marts, server, publish.manifest, table.entry, parts, schema=schema, folder=publish.folder)
                insist_on_rows(server, table.entry, schema=schema)
            for statement in shape.after_rows(BUILDING_PREFIX):
                run(server, statement)
            write_state(server, BUILDING_PREFIX + STATE_SCHEMA, shape, publish.manifest)
        for table in shape.tables:
            run(server, f"analyze {identifier(BUILDING_PREFIX + table.entry.schema_name, table.entry.name)}")
        _swap(publish, schemas_of(state.manifest.tables) if state else [])
    except BaseException:
        with suppress(Exception):
            _remove_building(server)
        raise
    entries = [table.entry for table in shape.tables]
    return Replicated(publish.manifest.version, True, sum(len(entry.parts) for entry in entries), sum(entry.rows for entry in entries))


def _swap(publish: _Publish, old_schemas: list[str]) -> None:
    server, deadline = publish.server, time.monotonic() + publish.patience
    older = _transactions(server) if old_schemas else set()
    while older & _transactions(server):
        _wait_or_give_up(publish, deadline, None)
    while True:
        try:
            with server.transaction():
                _remove_old(server, old_schemas)
                for schema in publish.shape.schemas:
                    run(server, f"alter schema {identifier(BUILDING_PREFIX + schema)} rename to {identifier(schema)}")
                grant_reading(server, publish.shape.schemas, publish.reader)
            return
        except PASSING as error:
            _wait_or_give_up(publish, deadline, error)
        except errors.DependentObjectsStillExist as error:
            raise ReplicaError(
                "Somebody's own objects are made of the replica's tables, and these have to give way: "
                f"{error.diag.message_detail or error} Have them dropped, then run again."
            ) from error


def _remove_old(server: Connection, schemas: list[str]) -> None:
    """Take the old tables away, without what others made of them."""
    rows = run(
        server,
        "select n.nspname, c.relname, c.relkind = 'v'"
        " from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid"
        f" where n.nspname in ({literal_list(schemas) or 'null'}) and c.relkind in ('r', 'v')"
        " order by c.relkind desc, n.nspname, c.relname",
    ).fetchall()
    if not rows:
        return
    relations = [(identifier(str(schema), str(name)), is_view) for schema, name, is_view in rows]
    # All or none: who has looked up one name and waits for another is let through before it could find a table of the other snapshot.
    run(server, f"set local statement_timeout = {_LOCK_MILLISECONDS}")
    run(server, f"lock table {', '.join(name for name, _ in relations)} in access exclusive mode")
    run(server, "set local statement_timeout = 0")
    for kind, is_of_kind in (("view", True), ("table", False)):
        names = ", ".join(name for name, is_view in relations if is_view == is_of_kind)
        if names:
            run(server, f"drop {kind} {names}")
    for schema in schemas:
        run(server, f"drop schema {identifier(schema)}")


def _transactions(server: Connection) -> set[tuple[object, ...]]:
    """The transactions of others in this database. Which of them has a snapshot is not for everybody to see."""
    rows = run(
        server,
        """
        select held.pid, held.virtualxid
        from pg_locks as held
        inner join pg_stat_activity as others on held.pid = others.pid
        where held.locktype = 'virtualxid' and held.mode = 'ExclusiveLock' and others.usename is not null
            and others.datname = current_database() and held.pid <> pg_backend_pid()
        """,
    ).fetchall()
    return set(rows)


def _wait_or_give_up(publish: _Publish, deadline: float, error: Exception | None) -> None:
    if time.monotonic() > deadline:
        raise ReplicaError(
            f"For {publish.patience:.0f} seconds others were reading without a break, or are idle in a transaction: "
            f"{_others(publish.server)}. End them, or give them an idle_in_transaction_session_timeout, then run again."
        ) from error
    # Not in step with readers who come back regularly.
    time.sleep(random.uniform(0.02, 0.2))


def _others(server: Connection) -> str:
    said = one_value(
        server,
        """
        select string_agg(
            'process ' || pid || ' of ' || usename || coalesce(' (' || nullif(application_name, '') || ')', ''), ', ' order by pid
        )
        from pg_stat_activity
        where usename is not null and datname = current_database() and pid <> pg_backend_pid()
        """,
    )
    return str(said or "nobody any more")


def _remove_building(server: Connection) -> None:
    """Remove what an interrupted publish left behind."""
    for (schema,) in run(server, "select nspname from pg_namespace").fetchall():
        if str(schema).startswith(BUILDING_PREFIX):
            run(server, f"drop schema {identifier(str(schema))} cascade")
