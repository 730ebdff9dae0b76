"""A warehouse made by hand: tables and rows by a few words, and the answer of a rule without Great Expectations."""

from datetime import datetime, timedelta
from typing import Any

import duckdb

from expectations.suites import Rule

LEDGER_COLUMNS = """
    extract_id bigint, run_id text, source_system text, feed text, file_name text, file_format text, sha256 text, byte_count bigint,
    status text, refusal_reason text, message text, rows_read bigint, rows_accepted bigint, rows_rejected bigint,
    unknown_columns text, warning text,
    started_at timestamp, finished_at timestamp
"""
REJECTS_COLUMNS = """
    extract_id bigint, source_system text, feed text, file_name text, line bigint, column_name text, reason text, detail text,
    raw_text text, rejected_at timestamp
"""


def _literal(value: Any) -> str:
    return "null" if value is None else f"'{value}'"


class Warehouse:
    """A hand-made warehouse: tables and rows by a few words, and the answer of a rule."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        for schema in ("raw", "core", "satisfaction", "scoreboard"):
            connection.execute(f"create schema {schema}")
        connection.execute(f"create table raw.extract_ledger ({LEDGER_COLUMNS})")
        connection.execute(f"create table raw.rejects ({REJECTS_COLUMNS})")

    def execute(self, sql: str) -> None:
        self.connection.execute(sql)

    def insert(self, table: str, rows: list[list[Any]]) -> None:
        """Insert ``rows`` in one statement."""
        values = ", ".join("(" + ", ".join(_literal(value) for value in row) + ")" for row in rows)
        self.connection.execute(f"insert into {table} values {values}")

    def delivered(self, feed: str, read: int, *, rejected: int = 0, run: str = "run-1", status: str = "loaded", **columns: Any) -> int:
        """Enter a file of ``feed`` in the ledger and return its extract id."""
        (extract_id,) = self.connection.execute("select coalesce(max(extract_id), 0) + 1 from raw.extract_ledger").fetchall()[0]
        values = {
            "extract_id": extract_id,
            "run_id": run,
            "source_system": "shop",
            "feed": feed,
            "file_name": f"shop/{feed}/{feed}_{extract_id}.csv",
            "sha256": f"hash-{extract_id}",
            "status": status,
            "rows_read": read,
            "rows_accepted": read - rejected,
            "rows_rejected": rejected,
            "finished_at": datetime(2026, 1, 9) + timedelta(minutes=extract_id),
            **columns,
        }
        names, marks = ", ".join(values), ", ".join("?" for _ in values)
        self.connection.execute(f"insert into raw.extract_ledger ({names}) values ({marks})", list(values.values()))
        return extract_id

    def answer(self, rule: Rule) -> tuple[int, int, list[str]]:
        """Rows checked, rows failed and examples."""
        checked, failed, examples = self.connection.execute(rule.query).fetchall()[0]
        return checked, failed, examples or []

    def failed(self, rule: Rule) -> int:
        return self.answer(rule)[1]
