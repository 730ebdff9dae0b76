"""Has Dagster keep its connections to the SQLite files of its event log open. Knows nothing of what is in them."""

# What is patched is Dagster's own, and says so by its name.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

import sqlalchemy
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

# One file a run, and one over all runs. A process that lives long sees many runs and keeps the latest few files open.
_KEPT_FILES = 4

_connect_anew = SqliteEventLogStorage._connect
_ask_for_table = SqliteEventLogStorage.has_table
_kept: WeakKeyDictionary[SqliteEventLogStorage, OrderedDict[str, Engine]] = WeakKeyDictionary()
_found: WeakKeyDictionary[SqliteEventLogStorage, set[str]] = WeakKeyDictionary()


def keep_connections_open() -> None:
    """Patch Dagster's event log in SQLite files, for this process. Done twice, it is done once."""
    setattr(SqliteEventLogStorage, "_connect", _connect)  # noqa: B010 - the type checker knows the method under other argument names
    setattr(SqliteEventLogStorage, "has_table", _has_table)  # noqa: B010


@contextmanager
def _connect(storage: SqliteEventLogStorage, shard: str) -> Generator[Connection]:
    """A transaction on the file ``shard``, which has a connection of its own from the second transaction on."""
    if shard not in storage._initialized_dbs:
        with _connect_anew(storage, shard) as connection:
            yield connection
        return
    with storage._db_lock, _engine(storage, shard).connect() as connection, connection.begin():
        yield connection


def _engine(storage: SqliteEventLogStorage, shard: str) -> Engine:
    engines = _kept.setdefault(storage, OrderedDict())
    if shard not in engines:
        engines[shard] = sqlalchemy.create_engine(
            storage.conn_string_for_shard(shard),
            poolclass=StaticPool,
            # The storage's lock lets one thread in at a time.
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        event.listen(engines[shard], "connect", _do_not_wait_for_the_disk)
    engines.move_to_end(shard)
    while len(engines) > _KEPT_FILES:
        _, oldest = engines.popitem(last=False)
        oldest.dispose()
    return engines[shard]


def _do_not_wait_for_the_disk(connection: sqlite3.Connection, _: object) -> None:
    """A killed process loses no event by it, a machine that loses its power the last ones, and no file is damaged."""
    connection.execute("pragma synchronous = normal")


def _has_table(storage: SqliteEventLogStorage, table_name: str) -> bool:
    """Dagster asks for a table with each event of an asset or a check, by a connection of its own. One that is there stays."""
    found = _found.setdefault(storage, set())
    if table_name not in found and _ask_for_table(storage, table_name):
        found.add(table_name)
    return table_name in found
