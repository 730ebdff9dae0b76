"""The one thing Great Expectations has to be told before it can query DuckDB. Nothing else is patched.

Great Expectations closes the connection of a query before it fetches the rows, unless the dialect is one whose connection it
keeps. DuckDB's result ends with its connection, so every metric fails. DuckDB therefore has to be among the kept ones.
Why, and what else was weighed: docs/decisions/0019-quality-great-expectations-keeps-duckdb-connections.md.
"""

from __future__ import annotations

from enum import StrEnum

from great_expectations.execution_engine import sqlalchemy_execution_engine


class DuckDBDialect(StrEnum):
    """DuckDB's name, in the form Great Expectations keeps its dialects in: compared as text, and with a ``value``."""

    DUCKDB = "duckdb"


def keep_duckdb_connections() -> None:
    """Add DuckDB to the dialects whose connection Great Expectations keeps; a second call changes nothing."""
    kept = sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS  # pyright: ignore[reportPrivateUsage]
    if DuckDBDialect.DUCKDB not in kept:
        setattr(sqlalchemy_execution_engine, "_PERSISTED_CONNECTION_DIALECTS", (*kept, DuckDBDialect.DUCKDB))  # noqa: B010
