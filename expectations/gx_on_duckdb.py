"""What Great Expectations has to be told before it can query DuckDB: one patch, and a dialect of its own.

Great Expectations closes the connection of a query before it fetches the rows, unless the dialect is one whose connection it
keeps. DuckDB's result ends with its connection, so every metric fails. DuckDB therefore has to be among the kept ones.
Why, and what else was weighed: docs/decisions/0019-quality-great-expectations-keeps-duckdb-connections.md.
"""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import Any

import duckdb
import duckdb_engine
import sqlalchemy
from great_expectations.execution_engine import sqlalchemy_execution_engine
from sqlalchemy.dialects import registry

from expectations.plain_words import in_plain_words

# The scheme of connection strings to DuckDB files that reflect tables by ``PlainDialect``.
SCHEME = "duckdb+plain"


class QuotingPreparer(duckdb_engine.DuckDBIdentifierPreparer):
    """Quotes every name: the one it comes from knows half of DuckDB's words, and a column may be called ``at`` or ``left``."""

    def _requires_quotes(self, value: str) -> bool:
        return True


class PlainDialect(duckdb_engine.Dialect):
    """DuckDB's dialect for reading only: it knows no transactions, and looks up a table's columns at once, without types.

    The dialect it comes from asks PostgreSQL's catalogue, which DuckDB imitates: 50 ms a table, before each validation. And since the
    connection is kept, a query that breaks would abort the one transaction of all others with it.
    """

    supports_statement_cache = True
    preparer = QuotingPreparer
    _columns: defaultdict[tuple[str | None, str], list[str]] | None = None

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """The columns of a table in their order. Those of all tables are looked up with the first: nobody writes the file meanwhile."""
        if self._columns is None:
            query = "select schema_name, table_name, column_name from duckdb_columns() order by schema_name, table_name, column_index"
            self._columns = defaultdict(list)
            for schema_name, table, column in connection.exec_driver_sql(query):
                self._columns[schema_name, table].append(column)
        columns = self._columns[schema, str(table_name)]
        return [{"name": name, "type": sqlalchemy.types.NullType(), "nullable": True, "default": None} for name in columns]

    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """None: no expectation asks for a key."""
        return {"constrained_columns": [], "name": None}

    def do_execute(self, cursor: Any, statement: Any, parameters: Any, context: Any = None) -> None:
        """Run a query. What breaks it is told without values: logs, results and Data Docs all print the error, and its traceback."""
        try:
            super().do_execute(cursor, statement, parameters, context)
        except duckdb.Error as error:
            raise type(error)(in_plain_words(str(error))) from None

    def do_begin(self, connection: Any) -> None:
        """Nothing: every query stands alone."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """Nothing."""

    def do_rollback(self, connection: Any) -> None:
        """Nothing."""


registry.register(SCHEME.replace("+", "."), __name__, PlainDialect.__name__)


class DuckDBDialect(StrEnum):
    """DuckDB's name, in the form Great Expectations keeps its dialects in: compared as text, and with a ``value``."""

    DUCKDB = "duckdb"


def keep_duckdb_connections() -> None:
    """Add DuckDB to the dialects whose connection Great Expectations keeps; a second call changes nothing."""
    kept = sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS  # pyright: ignore[reportPrivateUsage]
    if DuckDBDialect.DUCKDB not in kept:
        setattr(sqlalchemy_execution_engine, "_PERSISTED_CONNECTION_DIALECTS", (*kept, DuckDBDialect.DUCKDB))  # noqa: B010
