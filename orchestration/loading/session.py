"""One extract in its transaction, as the readers of the formats see it: statements, inserts, rejects.

Knows the raw tables and nothing of file formats.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy
import numpy.typing

from orchestration.loading.bytes_scan import Numbers
from orchestration.loading.declarations import FeedDeclaration
from orchestration.loading.discovery import LandedFile
from orchestration.loading.reading import Reading
from orchestration.loading.results import Refusal
from orchestration.loading.row_versions import key_text
from orchestration.sql_text import identifier, literal, one_file

# A parameter, or a quoted text or name: what stands in quotes comes from outside, and a $path in it is no parameter.
_PARAMETER = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([a-z_0-9]+)\b""")
_REJECT_INTO = (
    "insert into raw.rejects "
    "(extract_id, source_system, feed, file_name, line, column_name, reason, detail, raw_text, row_key, rejected_at)"
)


@dataclass
class Statements:
    """Runs statements on a connection; those that files of one layout share are parsed once."""

    connection: duckdb.DuckDBPyConnection
    # Feeds whose values are spelled in rarer ways, as files of this run showed.
    thorough_feeds: set[str] = field(default_factory=set[str])
    # The name of each statement, and the parameters it takes.
    _prepared: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict[str, tuple[str, frozenset[str]]])

    def begin(self) -> None:
        """Begin a transaction."""
        self.connection.execute("begin transaction")

    def commit(self) -> None:
        """End it with all that was written."""
        self.connection.execute("commit")

    def roll_back(self) -> None:
        """End it with nothing."""
        self.connection.execute("rollback")

    def prepared(self, query: str, values: dict[str, str]) -> list[tuple[Any, ...]]:
        """Run a query with parameters such as ``$path``, whose values are SQL; keep it for the next file."""
        if query not in self._prepared:
            statement = f"loading_{len(self._prepared)}"
            self.connection.execute(f"prepare {statement} as {query}")
            self._prepared[query] = statement, frozenset(found.group(1) for found in _PARAMETER.finditer(query) if found.group(1))
        statement, parameters = self._prepared[query]
        given = ", ".join(f"{parameter} := {value}" for parameter, value in values.items() if parameter in parameters)
        return self._fetched(f"execute {statement}({given})")

    def run(self, query: str, values: dict[str, str]) -> list[tuple[Any, ...]]:
        """Run a query with the same parameters once."""
        filled = _PARAMETER.sub(lambda found: values.get(found.group(1) or "", found.group(0)), query)
        return self._fetched(filled)

    def _fetched(self, statement: str) -> list[tuple[Any, ...]]:
        try:
            return self.connection.execute(statement).fetchall()
        except duckdb.IOException as error:
            if "GZIP" not in str(error):
                raise
            raise Refusal("broken_gzip", "the gzip stream is damaged; have the file delivered again") from error

    @cached_property
    def scratch(self) -> Path | None:
        """A folder for copies beside the warehouse file; none for a warehouse in memory."""
        found = self.connection.execute("select path from duckdb_databases() where database_name = current_database()").fetchall()
        return Path(found[0][0]).parent / "loading" if found and found[0][0] else None

    def forget(self) -> None:
        """Give the prepared statements back."""
        for statement, _ in self._prepared.values():
            self.connection.execute(f"deallocate {statement}")
        self._prepared.clear()


@dataclass(frozen=True)
class Session:
    """One extract while it is loaded."""

    statements: Statements
    extract_id: int
    file: LandedFile
    started_at: datetime
    # When its bytes came first.
    delivered_at: datetime
    # The file to read: the landed one, or a copy in UTF-8.
    path: Path
    is_gzip: bool
    # How many rows the usual conversions could not judge, when the file is read again for them.
    doubtful_rows: int | None = None

    @property
    def is_thorough(self) -> bool:
        """Values are converted with all that the conversions know, not only the usual spellings."""
        feed = self.feed
        return (
            self.doubtful_rows is not None
            or bool(feed.timestamp_formats or feed.date_formats)
            or feed.name in self.statements.thorough_feeds
        )

    def thorough(self, doubtful_rows: int) -> Session:
        """Undo what the extract wrote so far, to read it again with all that the conversions know."""
        self.start_again()
        return replace(self, doubtful_rows=doubtful_rows)

    def judged(self, wrong_rows: int) -> None:
        """The file was read with the conversions it has; when that helped, the feed's next files are read so at once."""
        if self.doubtful_rows is not None and wrong_rows < self.doubtful_rows:
            self.statements.thorough_feeds.add(self.feed.name)

    @property
    def feed(self) -> FeedDeclaration:
        """The feed of the extract."""
        return self.file.feed

    @property
    def _values(self) -> dict[str, str]:
        fixed = {"path": one_file(self.path), "extract_id": str(self.extract_id), "moment": self.moment}
        return fixed | {"latest": self.latest, "latest_on": self.latest_on}

    @property
    def moment(self) -> str:
        """SQL: when its load began."""
        return f"timestamp '{self.started_at:%Y-%m-%d %H:%M:%S.%f}'"

    @property
    def _latest(self) -> datetime:
        return self.delivered_at + timedelta(minutes=self.feed.clock_tolerance_minutes)

    @property
    def latest(self) -> str:
        """SQL: after this moment nothing that the extract tells can have happened."""
        return f"timestamp '{self._latest:%Y-%m-%d %H:%M:%S.%f}'"

    @property
    def latest_on(self) -> str:
        """SQL: the day of that moment in the zone of the feed."""
        return f"date '{self._latest.replace(tzinfo=UTC).astimezone(ZoneInfo(self.feed.time_zone)):%Y-%m-%d}'"

    @property
    def raw_table(self) -> str:
        """The quoted name of the raw table."""
        return f"raw.{identifier(self.feed.identifier)}"

    @property
    def scratch(self) -> Path:
        """A folder for copies: beside the warehouse, which has the room and the rights, or the system's for a warehouse in memory."""
        return self.statements.scratch or Path(tempfile.gettempdir()) / "aftersales-loading"

    def start_again(self) -> None:
        """Undo what the extract wrote so far."""
        self.statements.roll_back()
        self.statements.begin()

    def query(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query that may name the file as ``$path``."""
        return self.statements.run(query, self._values)

    def shared_query(self, query: str) -> list[tuple[Any, ...]]:
        """Run a query that files of the same layout share."""
        return self.statements.prepared(query, self._values)

    def insert(self, reading: Reading, relation: str, line: str) -> int:
        """Insert every row of a relation; ``line`` is SQL, and negative on a row that has to be rejected. Returns the number of rows."""
        columns = ", ".join(identifier(each.column.name) for each in reading.conversions)
        values = ", ".join(each.value_name for each in reading.conversions)
        rows = self.shared_query(
            f"insert into {self.raw_table} ({columns}, _extract_id, _line, _loaded_at) "
            f"select {values}, $extract_id, {reading.line(line)}, $moment "
            f"from ({reading.converted(relation)})"
        )
        return int(rows[0][0])

    def take_out_left_out(self, reading: Reading) -> int:
        """Delete the inserted rows that the declaration leaves out. Returns how many."""
        if not reading.left_out:
            return 0
        return int(self.shared_query(f"delete from {self.raw_table} where _line is null and _extract_id = $extract_id")[0][0])

    def wrong_rows(self) -> int:
        """How many inserted rows have to be rejected."""
        # No other row of the table has a negative line, so zone maps spare the scan.
        return int(self.shared_query(f"select count(*) from {self.raw_table} where _line < 0 and _extract_id = $extract_id")[0][0])

    def wrong_lines(self) -> Numbers:
        """The lines of the inserted rows that have to be rejected, in order."""
        query = f"select -_line as line from {self.raw_table} where _line < 0 and _extract_id = {self.extract_id} order by line"
        return numpy.asarray(self.statements.connection.execute(query).fetchnumpy()["line"], dtype=numpy.int64)

    def take_out_wrong_rows(self) -> None:
        """Delete the inserted rows that were rejected."""
        self.query(f"delete from {self.raw_table} where _line < 0 and _extract_id = $extract_id")

    def reject_wrong_rows(self, reading: Reading, line: str, raw_text: str, more: str = "") -> None:
        """Write the rows with wrong values to the rejects; ``line`` and ``raw_text`` are SQL, ``more`` joins what they need."""
        values = {each.column.name: each.value_name for each in reading.conversions}
        key = key_text([values[column] for column in self.feed.key])
        self.reject(
            f"select {line}, findings[1].column_name, findings[1].reason, "
            f"array_to_string(list_transform(findings, lambda finding: finding.detail), '; '), {raw_text}, {key} "
            f"from (select *, {reading.findings} as findings from ({reading.converted()}) where {reading.is_rejected}) as rejected {more}"
        )

    def reject(self, query: str) -> int:
        """Write rejects: ``query`` gives line, column name, reason, detail, raw text and the key of the row, null where it has none."""
        who = f"$extract_id, {literal(self.feed.source_system)}, {literal(self.feed.name)}, {literal(self.file.name)}"
        rows = self.query(
            f"{_REJECT_INTO} select {who}, line, column_name, reason, detail, raw_text, row_key, $moment "
            f"from ({query}) as found(line, column_name, reason, detail, raw_text, row_key)"
        )
        return int(rows[0][0])

    @contextmanager
    def numbers(self, **tables: dict[str, numpy.typing.NDArray[Any]]) -> Generator[None]:
        """Tables of numbers that queries may name inside the block."""
        connection = self.statements.connection
        for table, columns in tables.items():
            connection.register(table, columns)
        try:
            yield
        finally:
            for table in tables:
                connection.unregister(table)
