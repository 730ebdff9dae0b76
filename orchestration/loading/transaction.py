"""Statements that a load does in whole or not at all."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress

import duckdb


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Generator[None]:
    """Commit what the block does, or roll it back when anything is raised."""
    connection.execute("begin transaction")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        with suppress(duckdb.Error):
            connection.execute("rollback")
        raise


def in_one_transaction(connection: duckdb.DuckDBPyConnection, *statements: str) -> None:
    """Run ``statements`` one after another, in whole or not at all."""
    with transaction(connection):
        for statement in statements:
            connection.execute(statement)
