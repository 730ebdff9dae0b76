"""The ledger of one source: which extracts were handled, and the row that each new one gets.

Read once at the start of a run; asked for every file without a query, because there are thousands of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import duckdb

from orchestration.loading.archive import ArchivedExtract
from orchestration.loading.discovery import FileState, LandedFile
from orchestration.loading.raw_schema import LEDGER_COLUMNS
from orchestration.loading.results import ExtractResult, Status
from orchestration.sql_text import literal

_INSERT = f"insert into raw.extract_ledger ({', '.join(LEDGER_COLUMNS)}) values"

# A handled extract and its file's size and time.
Handled = tuple[ExtractResult, FileState | None]


@dataclass(frozen=True)
class _Entry:
    extract_id: int
    feed: str
    file_name: str
    sha256: str | None
    status: Status
    byte_count: int
    modified_ns: int | None


class Books:
    """The ledger of one source."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source_system: str, *, last_archived_id: int = 0) -> None:
        """Read what was handled of ``source_system``. New extracts are numbered from above ``last_archived_id`` on."""
        self._connection = connection
        # By name, and by the feed too where several read a file.
        self._by_file: dict[tuple[str, str, str | None], _Entry] = {}
        self._by_content: dict[tuple[str, str], _Entry] = {}
        self._states: dict[tuple[str, str], tuple[int, int]] = {}
        self._hashes: dict[tuple[str, str], str | None] = {}
        self._loaded: dict[tuple[str, str], tuple[ExtractResult, int | None]] = {}
        self._refused_since: dict[tuple[str, str, str | None], datetime] = {}
        # Of all sources: they share the numbers.
        self._numbers = {int(number) for (number,) in connection.execute("select extract_id from raw.extract_ledger").fetchall()}
        # An archived number stays its extract's: the source that it belongs to may load it again only after this one.
        self._last_extract_id = max(self._numbers | {last_archived_id})
        entries = connection.execute(
            "select extract_id, feed, file_name, sha256, status, byte_count, modified_ns from raw.extract_ledger "
            "where source_system = ? order by extract_id",
            [source_system],
        ).fetchall()
        for extract_id, feed, file_name, sha256, status, byte_count, modified_ns in entries:
            self._note(_Entry(extract_id, feed, file_name, sha256, Status(status), byte_count, modified_ns))
        refused = connection.execute(
            "select feed, file_name, sha256, coalesce(first_delivered_at, started_at) from raw.extract_ledger "
            "where source_system = ? and status = 'refused'",
            [source_system],
        ).fetchall()
        self._refused_since = {(who, file_name, sha256): first_at for feed, file_name, sha256, first_at in refused for who in ("", feed)}

    def _note(self, entry: _Entry) -> None:
        for who in ("", entry.feed):
            self._by_file[who, entry.file_name, entry.sha256] = entry
            if entry.status is not Status.REFUSED and entry.modified_ns is not None:
                self._states[who, entry.file_name] = (entry.byte_count, entry.modified_ns)
                self._hashes[who, entry.file_name] = entry.sha256
        if entry.status is Status.LOADED and entry.sha256 is not None:
            self._by_content.setdefault((entry.feed, entry.sha256), entry)

    @property
    def next_extract_id(self) -> int:
        """The number of the next new extract."""
        return self._last_extract_id + 1

    def is_known(self, file: LandedFile) -> bool:
        """The file was handled and has neither another size nor another time since, so nobody need read it again."""
        return file.state is not None and self._states.get(_who(file)) == (file.state.byte_count, file.state.modified_ns)

    def archived(self, feed: str, sha256: str) -> ArchivedExtract | None:
        """The loaded extract of a feed with these bytes, as the archive notes it."""
        columns = [column for column in ArchivedExtract.model_fields if column in LEDGER_COLUMNS]
        # What this run loaded need not be asked for.
        if (feed, sha256) in self._loaded:
            result, modified_ns = self._loaded[feed, sha256]
            values = {column: getattr(result, column, None) for column in columns}
            return ArchivedExtract.model_validate(values | {"modified_ns": modified_ns})
        entry = self._by_content.get((feed, sha256))
        if entry is None:
            return None
        rows = self._connection.execute(f"select {', '.join(columns)} from raw.extract_ledger where extract_id = ?", [entry.extract_id])
        return ArchivedExtract.model_validate(dict(zip(columns, rows.fetchall()[0], strict=True)))

    def hash_of(self, file: LandedFile) -> str | None:
        """The hash of a handled file; None for one that is refused, was not handled or changed since."""
        return self._hashes.get(_who(file)) if self.is_known(file) else None

    def is_loaded(self, feed: str, sha256: str) -> bool:
        """Whether the ledger has these bytes as loaded into the feed."""
        return (feed, sha256) in self._by_content

    def is_taken(self, extract_id: int) -> bool:
        """Whether the ledger has an extract of this number."""
        return extract_id in self._numbers

    def was_handled(self, file: LandedFile, sha256: str) -> bool:
        """The ledger has this file with these bytes, loaded or as a duplicate."""
        entry = self._by_file.get((*_who(file), sha256))
        return entry is not None and entry.status is not Status.REFUSED and entry.feed == file.feed.name

    def same_bytes(self, file: LandedFile, sha256: str) -> tuple[int, str] | None:
        """Number and name of the loaded extract of the feed that has these bytes."""
        entry = self._by_content.get((file.feed.name, sha256))
        return (entry.extract_id, entry.file_name) if entry else None

    def earlier_refusal(self, file: LandedFile, sha256: str | None) -> int | None:
        """The number under which the ledger lists this file with these bytes as refused."""
        entry = self._by_file.get((*_who(file), sha256))
        return entry.extract_id if entry is not None and entry.status is Status.REFUSED else None

    def refused_since(self, file: LandedFile, sha256: str | None) -> datetime | None:
        """When the ledger listed this file with these bytes as refused first."""
        return self._refused_since.get((*_who(file), sha256))

    def write(self, handled: Sequence[Handled]) -> None:
        """Write the rows of extracts, in place of earlier refusals of the same bytes. Inside the transaction of the extracts."""
        for result, _ in handled:
            if result.extract_id in self._numbers:
                self._connection.execute("delete from raw.extract_ledger where extract_id = ?", [result.extract_id])
        rows: list[str] = []
        for result, state in handled:
            values: dict[str, Any] = {column: getattr(result, column, None) for column in LEDGER_COLUMNS}
            values["status"] = str(result.status)
            values["unknown_columns"] = ", ".join(result.unknown_columns) or None
            values["modified_ns"] = state.modified_ns if state else None
            rows.append(f"({', '.join(_sql(value) for value in values.values())})")
        self._connection.execute(f"{_INSERT} {', '.join(rows)}")

    def committed(self, handled: Sequence[Handled]) -> None:
        """The transaction is through: only now the extracts count as handled."""
        for result, state in handled:
            self._last_extract_id = max(self._last_extract_id, result.extract_id)
            self._numbers.add(result.extract_id)
            modified_ns = state.modified_ns if state else None
            if result.status is Status.LOADED and result.sha256 is not None:
                self._loaded[result.feed, result.sha256] = result, modified_ns
            self._note(
                _Entry(result.extract_id, result.feed, result.file_name, result.sha256, result.status, result.byte_count, modified_ns)
            )

    def touched(self, file: LandedFile, sha256: str) -> None:
        """A handled file has a new time and the old bytes: remember the time, so that it need not be hashed again."""
        entry = self._by_file[*_who(file), sha256]
        if file.state is not None:
            self._connection.execute(
                "update raw.extract_ledger set modified_ns = ? where extract_id = ?", [file.state.modified_ns, entry.extract_id]
            )
            self._note(replace(entry, modified_ns=file.state.modified_ns))


def _who(file: LandedFile) -> tuple[str, str]:
    """A file by its name, and by its feed where several read it."""
    return (file.feed.name if file.readers else "", file.name)


def _sql(value: object) -> str:
    """A value of the ledger as a literal."""
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return f"timestamp '{value.isoformat(sep=' ')}'"
    return literal(str(value))
