"""A connection to the PostgreSQL server that holds the replica: opening it, its one publisher at a time, its state, its reader.

The one module that imports psycopg. What is written through it is ``replicating``'s.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import LiteralString, cast

import psycopg
from psycopg import errors

from orchestration.publishing.errors import PublishingError
from orchestration.publishing.replica.shape import STATE_SCHEMA, STATE_TABLE, Shape
from orchestration.sql_text import identifier, literal
from reading.manifest import SnapshotManifest

# One publisher at a time holds it, in its database. Any number would do.
_ADVISORY_LOCK = 7_238_105
_CONNECT_SECONDS = 20

Connection = psycopg.Connection[tuple[object, ...]]

# What waiting and trying again mends.
PASSING = (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected, errors.SerializationFailure)


class ReplicaError(PublishingError):
    """The replica could not be brought to the snapshot; its readers have what they had."""


@dataclass(frozen=True)
class State:
    """Which snapshot the replica is of, and how its tables were made."""

    shape: str
    manifest: SnapshotManifest


@contextmanager
def opened_server(address: str) -> Generator[Connection]:
    """The database at ``address``, for one publisher; a statement stands for itself, unless in a transaction. Raises ``ReplicaError``."""
    try:
        connection = psycopg.connect(
            address,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            application_name="aftersales",
            client_encoding="utf8",
        )
    except psycopg.Error as error:
        # libpq never repeats the password.
        raise ReplicaError(f"PostgreSQL does not let us in: {_first_line(error)} Check AFTERSALES_REPLICA_URL, then run again.") from error
    with connection:
        if connection.info.parameter_status("server_encoding") != "UTF8":
            raise ReplicaError(
                f"The database {connection.info.dbname} is not in UTF8, so that it cannot hold every text. "
                "Make one for the replica: create database … encoding 'UTF8' template template0"
            )
        if not one_value(connection, f"select pg_try_advisory_lock({_ADVISORY_LOCK})"):
            raise ReplicaError("Another publish-postgres is writing into this database. Wait for it, then run again.")
        try:
            yield connection
        except psycopg.Error as error:
            raise ReplicaError(f"PostgreSQL refused: {_first_line(error)} Readers have what they had. Mend it, then run again.") from error


def run(connection: Connection, statement: str) -> psycopg.Cursor[tuple[object, ...]]:
    """Execute a statement that was put together by ``sql_text``."""
    return connection.execute(cast(LiteralString, statement))


def one_value(connection: Connection, statement: str) -> object:
    """The one value that a statement yields."""
    row = run(connection, statement).fetchone()
    return row[0] if row else None


def read_state(connection: Connection) -> State | None:
    """What the replica is, or None where there is none that this version can read."""
    try:
        row = run(connection, f"select shape, manifest from {identifier(STATE_SCHEMA, STATE_TABLE)}").fetchone()
    except (errors.InvalidSchemaName, errors.UndefinedTable, errors.UndefinedColumn):
        return None
    return State(str(row[0]), SnapshotManifest.model_validate_json(str(row[1]))) if row else None


def insist_names_are_free(connection: Connection, wanted: Sequence[str], ours: Sequence[str]) -> None:
    """Raise ``ReplicaError`` where a schema would have to give way that no replica made."""
    there = {str(name) for (name,) in run(connection, "select nspname from pg_namespace").fetchall()}
    taken = sorted(there.intersection(wanted).difference(ours))
    if taken:
        raise ReplicaError(
            f"The database {connection.info.dbname} has schemas of others named {', '.join(taken)}. Give the replica a database of its own."
        )


def ensure_reader(connection: Connection, reader: str) -> None:
    """See to it that the role ``reader`` is there; people get it by ``grant``."""
    if run(connection, "select 1 from pg_roles where rolname = current_user and rolname = " + literal(reader)).fetchone():
        raise ReplicaError(f"{reader} would be reader and owner in one. Give AFTERSALES_REPLICA_READER another name.")
    if run(connection, "select 1 from pg_roles where rolname = " + literal(reader)).fetchone():
        return
    try:
        run(connection, f"create role {identifier(reader)} nologin")
    except errors.InsufficientPrivilege as error:
        raise ReplicaError(f"There is no role {reader}, and none may be made by us. Have it made: create role {reader} nologin") from error


def grant_reading(connection: Connection, schemas: Sequence[str], reader: str) -> None:
    """Let ``reader`` read all that is in the schemas, and do no more."""
    for schema in schemas:
        run(connection, f"grant usage on schema {identifier(schema)} to {identifier(reader)}")
        run(connection, f"grant select on all tables in schema {identifier(schema)} to {identifier(reader)}")


def write_state(connection: Connection, schema: str, shape: Shape, manifest: SnapshotManifest) -> None:
    """Say which snapshot the tables are of now."""
    target = identifier(schema, STATE_TABLE)
    run(connection, f"delete from {target}")
    connection.execute(
        cast(LiteralString, f"insert into {target} values (%s, %s, %s, %s, %s, %s, %s)"),
        [
            *(manifest.version, manifest.as_of, manifest.created_at, manifest.business_time_zone, manifest.customer_key_id),
            *(shape.fingerprint, manifest.model_dump_json()),
        ],
    )


def _first_line(error: psycopg.Error) -> str:
    said = str(error).strip().splitlines()
    return f"{said[0].rstrip('.') if said else type(error).__name__}."
