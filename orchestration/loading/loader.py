"""Loads the landed extracts of a source: one extract, one transaction, one row of the ledger.

Decides what becomes of an extract (loaded, duplicate, refused, left for the next run) and keeps the books. How files are
found, looked at, read and converted stands in the modules beside.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy

from orchestration.loading import readers
from orchestration.loading.bytes_scan import (
    Numbers,
    TextFacts,
    from_encoding,
    is_utf8,
    line_feeds_only,
    line_of_bytes,
    one_line_end,
    record_index,
    sha256_of,
    text_copy,
    text_facts,
)
from orchestration.loading.declarations import FeedDeclaration, SourceDeclaration
from orchestration.loading.discovery import FileState, LandedFile, discover, file_state
from orchestration.loading.naming import literal, name
from orchestration.loading.raw_schema import LANDED_FILE_COLUMNS, LEDGER_COLUMNS
from orchestration.loading.readers import Reading
from orchestration.loading.results import ExtractResult, Refusal, SourceLoad, Status, StillChanging

Connection = duckdb.DuckDBPyConnection
_REJECT_INTO = (
    "insert into raw.rejects (extract_id, source_system, feed, file_name, line, column_name, reason, detail, raw_text, rejected_at)"
)
_STRUCTURAL_REASONS = {
    "MISSING COLUMNS": ("too_few_columns", "the line has fewer columns than the header"),
    "TOO MANY COLUMNS": ("too_many_columns", "the line has more columns than the header"),
    "UNQUOTED VALUE": ("stray_quote", "a quoted value is followed by more text before the next delimiter"),
    "LINE SIZE OVER MAXIMUM": ("line_too_long", "the line is longer than the reader takes"),
    "INVALID ENCODING": ("not_in_declared_encoding", "the line is not text in the declared encoding"),
    "INVALID STATE": ("stray_quote", "the quotes of the line do not fit"),
    "CAST": ("wrong_type", "a value does not fit its type"),
}


@dataclass(frozen=True)
class _Counts:
    read: int
    rejected: int
    unknown_columns: tuple[str, ...]


@dataclass(frozen=True)
class _Extract:
    """What is known of an extract while it is loaded."""

    extract_id: int
    run_id: str
    file: LandedFile
    started_at: datetime

    @property
    def feed(self) -> FeedDeclaration:
        return self.file.feed

    @property
    def table(self) -> str:
        return f"raw.{name(self.feed.identifier)}"

    @property
    def reject_values(self) -> str:
        """SQL: the first columns of a row of raw.rejects."""
        return f"{self.extract_id}, {literal(self.feed.source_system)}, {literal(self.feed.name)}, {literal(self.file.name)}"

    @property
    def moment(self) -> str:
        """SQL: when the extract was loaded."""
        return f"timestamp '{self.started_at:%Y-%m-%d %H:%M:%S.%f}'"


def load_source(
    connection: Connection,
    source: SourceDeclaration,
    landing: Path,
    *,
    run_id: str,
    on_extract: Callable[[ExtractResult], None] | None = None,
    feeds: set[str] | None = None,
) -> SourceLoad:
    """Load every extract of ``source`` that has landed and was not handled before, in the order of file names.

    The raw schema has to stand (``prepare_raw``). ``on_extract`` hears of each extract after its commit. With ``feeds`` only
    those feeds are loaded. A fault that is not the extract's (disk full, memory) leaves nothing of the extract and is raised.
    """
    unknown = (feeds or set()) - set(source.feeds)
    if unknown:
        raise ValueError(f"source '{source.name}' has no feed {sorted(unknown)}; it has {sorted(source.feeds)}")
    discovery = discover(source, landing)
    load = SourceLoad(source.name, left_for_next_run=dict(discovery.unfinished), unclaimed_files=discovery.unclaimed)
    books = _Books(connection, source.name)
    order = connection.execute("select current_setting('preserve_insertion_order')").fetchone()
    # Rows carry their number, so the engine need not keep their order, which would cost memory.
    connection.execute("set preserve_insertion_order = false")
    try:
        for file in discovery.files:
            if feeds is not None and file.feed.name not in feeds:
                continue
            if books.is_known(file):
                load.known_files += 1
                continue
            try:
                result = _load_file(connection, books, file, run_id)
            except StillChanging as change:
                load.left_for_next_run[file.name] = str(change)
                continue
            if result is None:
                load.known_files += 1
                continue
            load.extracts.append(result)
            if on_extract is not None:
                on_extract(result)
    finally:
        connection.execute(f"set preserve_insertion_order = {str(order[0]).lower() if order else 'true'}")
    return load


class _Books:
    """The ledger and the list of handled files of one source, as the loader asks them."""

    def __init__(self, connection: Connection, source_system: str) -> None:
        self._connection = connection
        self._source_system = source_system
        row = connection.execute("select coalesce(max(extract_id), 0) from raw.extract_ledger").fetchone()
        self._last_extract_id = int(row[0]) if row else 0
        self._known: dict[str, tuple[int, int]] = {
            file_name: (byte_count, modified_ns)
            for file_name, byte_count, modified_ns in connection.execute(
                "select file_name, byte_count, modified_ns from raw.landed_files where source_system = ? and status <> 'refused'", [source_system]
            ).fetchall()
        }

    def is_known(self, file: LandedFile) -> bool:
        """The file was handled and has neither another size nor another time since."""
        return file.state is not None and self._known.get(file.name) == (file.state.byte_count, file.state.modified_ns)

    def next_extract_id(self) -> int:
        return self._last_extract_id + 1

    def same_bytes(self, file: LandedFile, sha256: str) -> tuple[int, str] | None:
        """The loaded extract of the feed that has these bytes."""
        row = self._connection.execute(
            "select extract_id, file_name from raw.extract_ledger where source_system = ? and feed = ? and sha256 = ? and status = 'loaded'",
            [self._source_system, file.feed.name, sha256],
        ).fetchone()
        return (int(row[0]), str(row[1])) if row else None

    def was_handled(self, file: LandedFile, sha256: str) -> bool:
        """The ledger has this file with these bytes, loaded or as a duplicate."""
        return (
            self._connection.execute(
                "select 1 from raw.extract_ledger where source_system = ? and feed = ? and file_name = ? and sha256 = ? and status <> 'refused'",
                [self._source_system, file.feed.name, file.name, sha256],
            ).fetchone()
            is not None
        )

    def earlier_refusal(self, file: LandedFile, sha256: str | None) -> int | None:
        """The extract id under which the ledger lists this file with these bytes as refused."""
        row = self._connection.execute(
            "select extract_id from raw.extract_ledger where source_system = ? and feed = ? and file_name = ? and sha256 is not distinct from ? and status = 'refused'",
            [self._source_system, file.feed.name, file.name, sha256],
        ).fetchone()
        return int(row[0]) if row else None

    def write(self, result: ExtractResult, state: FileState | None) -> None:
        """Write the ledger row, in place of an earlier refusal of the same bytes, and remember the file. Inside the extract's transaction."""
        self._connection.execute("delete from raw.extract_ledger where extract_id = ? and status = 'refused'", [result.extract_id])
        values: dict[str, Any] = {column: getattr(result, column) for column in LEDGER_COLUMNS}
        values["status"] = str(result.status)
        values["unknown_columns"] = ", ".join(result.unknown_columns) or None
        self._connection.execute(
            f"insert into raw.extract_ledger ({', '.join(values)}) values ({', '.join('?' for _ in values)})", list(values.values())
        )
        self.remember(result.feed, result.file_name, state, result.sha256, str(result.status), result.extract_id)

    def remember(self, feed: str, file_name: str, state: FileState | None, sha256: str | None, status: str, extract_id: int | None) -> None:
        self._connection.execute("delete from raw.landed_files where source_system = ? and file_name = ?", [self._source_system, file_name])
        if state is not None:
            row = [self._source_system, feed, file_name, state.byte_count, state.modified_ns, sha256, status, extract_id]
            self._connection.execute(
                f"insert into raw.landed_files ({', '.join(LANDED_FILE_COLUMNS)}) values ({', '.join('?' for _ in row)})", row
            )

    def committed(self, result: ExtractResult, state: FileState | None) -> None:
        """The transaction is through: only now the number counts as used and the file as known."""
        self._last_extract_id = max(self._last_extract_id, result.extract_id)
        if state is not None and result.status is not Status.REFUSED:
            self._known[result.file_name] = (state.byte_count, state.modified_ns)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _load_file(connection: Connection, books: _Books, file: LandedFile, run_id: str) -> ExtractResult | None:
    """Load, refuse or recognise one file. None: it was handled before."""
    started_at = _now()
    blank = ExtractResult(
        extract_id=books.next_extract_id(),
        run_id=run_id,
        source_system=file.feed.source_system,
        feed=file.feed.name,
        file_name=file.name,
        file_format=file.file_format or "",
        sha256=None,
        byte_count=file.state.byte_count if file.state else 0,
        status=Status.REFUSED,
        refusal_reason=None,
        message="",
        rows_read=0,
        rows_accepted=0,
        rows_rejected=0,
        unknown_columns=(),
        started_at=started_at,
        finished_at=started_at,
    )
    if file.problem is not None or file.state is None:
        return _refuse(connection, books, file, blank, Refusal("not_allowed", f"the file was not opened: {file.problem}"))
    try:
        sha256 = sha256_of(file.path)
    except FileNotFoundError as error:
        raise StillChanging("it vanished before it was read; if it was not moved on purpose, have it delivered again") from error
    except OSError as error:
        return _refuse(connection, books, file, blank, Refusal("not_readable", f"the file cannot be opened ({error.strerror}); give the loader the right to read it"))
    _unchanged(file)
    blank = replace(blank, sha256=sha256)
    if books.was_handled(file, sha256):
        books.remember(file.feed.name, file.name, file.state, sha256, "loaded", None)
        return None
    twin = books.same_bytes(file, sha256)
    if twin is not None:
        message = f"the same bytes were loaded before as {twin[1]} (extract {twin[0]}); nothing changes"
        return _write(connection, books, file, replace(blank, status=Status.DUPLICATE, message=message))
    extract = _Extract(books.earlier_refusal(file, sha256) or blank.extract_id, run_id, file, started_at)
    blank = replace(blank, extract_id=extract.extract_id)
    connection.execute("begin transaction")
    try:
        counts = _read(connection, extract)
        _unchanged(file)
        result = replace(
            blank,
            status=Status.LOADED,
            message=_summary(counts),
            rows_read=counts.read,
            rows_accepted=counts.read - counts.rejected,
            rows_rejected=counts.rejected,
            unknown_columns=counts.unknown_columns,
            finished_at=_now(),
        )
        books.write(result, file.state)
        connection.execute("commit")
    except Refusal as refusal:
        connection.execute("rollback")
        _unchanged(file)
        return _refuse(connection, books, file, blank, refusal)
    except BaseException as error:
        _roll_back(connection)
        if isinstance(error, duckdb.IOException | FileNotFoundError):
            _unchanged(file)
        raise
    books.committed(result, file.state)
    return result


def _roll_back(connection: Connection) -> None:
    try:
        connection.execute("rollback")
    except duckdb.Error:
        # After a fatal error (disk full while committing) the engine has rolled back itself and says so here;
        # the error that led here is the one to show, and it is on its way up.
        return


def _summary(counts: _Counts) -> str:
    accepted = counts.read - counts.rejected
    text = f"{accepted:,} of {counts.read:,} rows accepted"
    if counts.rejected:
        text += f", {counts.rejected:,} rejected: see raw.rejects for line, column and reason, correct them and deliver them again"
    return text


def _unchanged(file: LandedFile) -> None:
    """Raise when the file is no longer what discovery saw."""
    try:
        if file_state(file.path) == file.state:
            return
    except FileNotFoundError as error:
        raise StillChanging("it vanished while it was read; if it was not moved on purpose, have it delivered again") from error
    raise StillChanging("it changed while it was read; the next run reads it")


def _refuse(connection: Connection, books: _Books, file: LandedFile, blank: ExtractResult, refusal: Refusal) -> ExtractResult:
    earlier = books.earlier_refusal(file, blank.sha256)
    return _write(
        connection,
        books,
        file,
        replace(
            blank,
            extract_id=earlier or books.next_extract_id(),
            status=Status.REFUSED,
            refusal_reason=refusal.reason,
            message=refusal.message,
            is_repeated=earlier is not None,
        ),
    )


def _write(connection: Connection, books: _Books, file: LandedFile, result: ExtractResult) -> ExtractResult:
    result = replace(result, finished_at=_now())
    connection.execute("begin transaction")
    try:
        books.write(result, file.state)
        connection.execute("commit")
    except BaseException:
        _roll_back(connection)
        raise
    books.committed(result, file.state)
    return result


# Reading one extract, inside its transaction -------------------------------------------------------------------------


def _read(connection: Connection, extract: _Extract) -> _Counts:
    file_format = extract.file.file_format
    if file_format is None:
        raise Refusal("wrong_content", "the name has no ending that says its format (.csv, .csv.gz, .parquet, .jsonl, .jsonl.gz); rename it, or declare format")
    if extract.file.state is not None and extract.file.state.byte_count == 0:
        raise Refusal("empty_file", "the file has no bytes; have it delivered with at least its header line")
    path = extract.file.path.resolve()
    if file_format == "parquet":
        return _read_parquet(connection, extract, path)
    return _read_text(connection, extract, path, is_gzip=file_format.endswith(".gz"), is_csv=file_format.startswith("csv"))


def _read_text(connection: Connection, extract: _Extract, path: Path, *, is_gzip: bool, is_csv: bool) -> _Counts:
    encoding = extract.feed.encoding
    _refuse_binary(path, is_gzip=is_gzip)
    read = _read_csv if is_csv else _read_jsonl
    with ExitStack() as stack:
        if not is_utf8(encoding):
            path = stack.enter_context(text_copy(path, _scratch(connection), from_encoding(encoding), is_gzip=is_gzip))
            is_gzip = False
        facts = text_facts(path, is_gzip=is_gzip, is_utf8=True)
        try:
            return read(connection, extract, path, facts, is_gzip=is_gzip)
        except _MixedLineEnds:
            connection.execute("rollback")
            connection.execute("begin transaction")
            path = stack.enter_context(text_copy(path, _scratch(connection), one_line_end, is_gzip=is_gzip))
            return read(connection, extract, path, text_facts(path, is_gzip=False, is_utf8=True), is_gzip=False)


class _MixedLineEnds(Exception):
    """DuckDB's reader gave up on a file that ends some lines in one way and some in another."""


def _scratch(connection: Connection) -> Path:
    """A folder for copies, beside the warehouse (which has the room and the rights), or the system's for one in memory."""
    row = connection.execute("select path from duckdb_databases() where database_name = current_database()").fetchone()
    return Path(row[0]).parent / "loading" if row and row[0] else Path(tempfile.gettempdir()) / "aftersales-loading"


def _refuse_binary(path: Path, *, is_gzip: bool) -> None:
    with path.open("rb") as file:
        begin = file.read(8)
    kinds = {b"PAR1": "Parquet", b"PK\x03\x04": "a ZIP archive or a spreadsheet", b"\xd0\xcf\x11\xe0": "an old spreadsheet", b"\x28\xb5\x2f\xfd": "zstd-compressed"}
    if not is_gzip:
        kinds[b"\x1f\x8b"] = "gzip-compressed"
    for magic, kind in kinds.items():
        if begin.startswith(magic):
            raise Refusal("wrong_content", f"the content is {kind}, not what the name says; rename it to its real ending, or have it delivered as text")


def _insert(connection: Connection, extract: _Extract, reading: Reading, relation: str, line: str) -> int:
    """Insert every row of a relation; the line of a row that has to be rejected is negative. Returns the number of rows."""
    columns = ", ".join(name(each.column.name) for each in reading.conversions)
    values = ", ".join(each.value_name for each in reading.conversions)
    row = connection.execute(
        f"insert into {extract.table} ({columns}, _extract_id, _line, _loaded_at) "
        f"select {values}, {extract.extract_id}, case when {reading.is_wrong} then -({line}) else {line} end, {extract.moment} "
        f"from ({reading.converted(relation)})"
    ).fetchone()
    return int(row[0]) if row else 0


def _wrong_rows(connection: Connection, extract: _Extract) -> int:
    row = connection.execute(f"select count(*) from {extract.table} where _line < 0 and _extract_id = {extract.extract_id}").fetchone()
    return int(row[0]) if row else 0


def _take_out_wrong_rows(connection: Connection, extract: _Extract) -> None:
    connection.execute(f"delete from {extract.table} where _line < 0 and _extract_id = {extract.extract_id}")


def _reject_rows(connection: Connection, extract: _Extract, reading: Reading, line: str, raw_text: str, more: str = "") -> None:
    """Write the rows that are wrong to raw.rejects; ``line`` and ``raw_text`` are SQL, ``more`` joins what they need."""
    connection.execute(
        f"{_REJECT_INTO} select {extract.reject_values}, {line}, findings[1].column_name, findings[1].reason, "
        f"array_to_string(list_transform(findings, lambda finding: finding.detail), '; '), {raw_text}, {extract.moment} "
        f"from (select *, {reading.findings} as findings from ({reading.converted()}) where {reading.is_wrong}) as rejected {more}"
    )


# CSV


def _read_csv(connection: Connection, extract: _Extract, path: Path, facts: TextFacts, *, is_gzip: bool) -> _Counts:
    reading = readers.csv_reading(extract.feed, path, is_gzip=is_gzip)
    connection.execute("drop table if exists temp.reject_errors")
    connection.execute("drop table if exists temp.reject_scans")
    try:
        rows = _insert(connection, extract, reading, reading.relation, f"row_number + {reading.header_lines}")
    except duckdb.InvalidInputException as error:
        if "invalid state" in str(error) and facts.returns:
            raise _MixedLineEnds from error
        raise Refusal("wrong_content", f"the file is not readable as CSV ({str(error).splitlines()[0]}); have it delivered again") from error
    structural = _structural_rejects(connection)
    wrong = _wrong_rows(connection, extract)
    read = rows + len(structural)
    is_plain = facts.physical_lines - reading.header_lines == read
    if is_plain and not structural and not wrong:
        return _Counts(read, 0, reading.unknown_columns)
    is_quoted = _reconciled(extract, path, facts, reading, read, structural, is_gzip=is_gzip, is_plain=is_plain)
    if structural:
        _reject_structural(connection, extract, path, facts, is_gzip=is_gzip)
    if wrong:
        _reject_wrong_csv_rows(connection, extract, path, facts, reading, structural, is_gzip=is_gzip, is_quoted=is_quoted)
        _take_out_wrong_rows(connection, extract)
    return _Counts(read, len(structural) + wrong, reading.unknown_columns)


@dataclass(frozen=True)
class _Structural:
    """A line that DuckDB's reader could not split into columns, by where it begins (bytes from 0)."""

    position: int
    error_type: str
    is_over_several_lines: bool
    has_odd_quotes: bool
    ends_at: int


def _structural_rejects(connection: Connection) -> list[_Structural]:
    """The lines the reader could not split. Line ends at the begin belong to blank lines before."""
    if connection.execute("select 1 from duckdb_tables() where table_name = 'reject_errors' and temporary").fetchone() is None:
        return []
    rows = connection.execute(
        """
        select
            line_byte_position - 1 + any_value(strlen(csv_line) - strlen(ltrim(csv_line, chr(10) || chr(13)))) as position,
            arg_min(cast(error_type as varchar), coalesce(column_idx, 0)) as error_type,
            contains(trim(any_value(csv_line), chr(10) || chr(13)), chr(10)) as is_over_several_lines,
            (strlen(any_value(csv_line)) - strlen(replace(any_value(csv_line), '"', ''))) % 2 = 1 as has_odd_quotes,
            line_byte_position - 1 + strlen(any_value(csv_line)) as ends_at
        from reject_errors
        group by line_byte_position
        order by position
        """
    ).fetchall()
    return [_Structural(*row) for row in rows]


def _reconciled(
    extract: _Extract, path: Path, facts: TextFacts, reading: Reading, read: int, structural: list[_Structural], *, is_gzip: bool, is_plain: bool
) -> bool:
    """Compare what the reader returned with the lines of the file. Refuses a file whose lines went missing inside an unclosed quote.

    True: records may go over several lines. False: every line that is not blank is a record.
    """
    for reject in structural:
        is_at_end = reject.ends_at >= facts.byte_count
        if reject.error_type == "UNQUOTED VALUE" and (reject.is_over_several_lines or (is_at_end and reject.has_odd_quotes)):
            line = line_of_bytes(path, [reject.position], is_gzip=is_gzip, line_end=facts.line_end)[reject.position]
            raise _unclosed(f"a quote that opens in line {line} is not closed where its value ends", line)
    if is_plain:
        return False

    def records(*, is_quoted: bool) -> int:
        return record_index(path, is_gzip=is_gzip, line_end=facts.line_end, skip_lines=reading.header_lines, is_quoted=is_quoted).record_count

    if records(is_quoted=True) == read:
        return True
    lines = records(is_quoted=False)
    if lines == read:
        return False
    raise _unclosed(f"the file has {lines:,} lines with content after the header, but only {read:,} rows could be told apart", None)


def _unclosed(what: str, line: int | None) -> Refusal:
    where = f" from line {line} on" if line else ""
    return Refusal("unclosed_quote", f"{what}: rows{where} would be swallowed by one value; have the quotes corrected (a quote inside a value is doubled) and the file delivered again")


def _reject_structural(connection: Connection, extract: _Extract, path: Path, facts: TextFacts, *, is_gzip: bool) -> None:
    positions = [int(row[0]) for row in connection.execute(
        "select distinct line_byte_position - 1 + strlen(csv_line) - strlen(ltrim(csv_line, chr(10) || chr(13))) from reject_errors"
    ).fetchall()]
    lines = line_of_bytes(path, positions, is_gzip=is_gzip, line_end=facts.line_end)
    connection.register("lines_of_rejects", {"position": numpy.array(list(lines)), "line": numpy.array(list(lines.values()))})
    reasons = " ".join(f"when {literal(error)} then {literal(reason)}" for error, (reason, _) in _STRUCTURAL_REASONS.items())
    details = " ".join(f"when {literal(error)} then {literal(detail)}" for error, (_, detail) in _STRUCTURAL_REASONS.items())
    connection.execute(
        f"""
        {_REJECT_INTO}
        with errors as (
            select
                line_byte_position - 1 + strlen(csv_line) - strlen(ltrim(csv_line, chr(10) || chr(13))) as position,
                column_idx, cast(error_type as varchar) as error_type, error_message,
                trim(csv_line, chr(10) || chr(13)) as raw_text
            from reject_errors
        ),
        first_errors as (
            select position, arg_min(error_type, coalesce(column_idx, 0)) as error_type, max(error_message) as error_message, any_value(raw_text) as raw_text
            from errors group by position
        )
        select {extract.reject_values}, lines_of_rejects.line, null,
            case first_errors.error_type {reasons} else lower(replace(first_errors.error_type, ' ', '_')) end,
            case first_errors.error_type {details} else first_errors.error_type end
                || case when first_errors.error_type in ('MISSING COLUMNS', 'TOO MANY COLUMNS') then ' (' || first_errors.error_message || ')' else '' end,
            first_errors.raw_text, {extract.moment}
        from first_errors
        inner join lines_of_rejects on lines_of_rejects.position = first_errors.position
        """
    )
    connection.unregister("lines_of_rejects")


def _reject_wrong_csv_rows(
    connection: Connection,
    extract: _Extract,
    path: Path,
    facts: TextFacts,
    reading: Reading,
    structural: list[_Structural],
    *,
    is_gzip: bool,
    is_quoted: bool,
) -> None:
    """Read the file again for the rows that are wrong, and fetch their text from its lines."""

    def index(wanted: Numbers | None = None, of_lines: Numbers | None = None) -> Any:
        return record_index(
            path, is_gzip=is_gzip, line_end=facts.line_end, skip_lines=reading.header_lines, is_quoted=is_quoted, wanted=wanted, of_lines=of_lines
        )

    rows = connection.execute(
        f"select -_line - {reading.header_lines} as row_number from {extract.table} where _line < 0 and _extract_id = {extract.extract_id} order by 1"
    ).fetchnumpy()["row_number"].astype(numpy.int64)
    # The reader numbers the rows it returned; the index numbers the records of the file, the unsplittable ones among them.
    records = rows.copy()
    if structural:
        lines = line_of_bytes(path, [reject.position for reject in structural], is_gzip=is_gzip, line_end=facts.line_end)
        skipped = numpy.sort(index(of_lines=numpy.array(list(lines.values()), dtype=numpy.int64)).numbers)
        # The n-th skipped record (from 0) stands before a row when its number less n is at most the row's number.
        records = rows + numpy.searchsorted(skipped - numpy.arange(len(skipped)), rows, side="right")
    found = index(wanted=records)
    spans = found.last_lines - found.first_lines + 1
    connection.register("rows_of_rejects", {"row_number": rows, "line": found.first_lines})
    connection.register(
        "lines_of_rejects",
        {
            "row_number": numpy.repeat(rows, spans),
            "line_number": numpy.repeat(found.first_lines, spans) + numpy.arange(int(spans.sum())) - numpy.repeat(numpy.cumsum(spans) - spans, spans),
        },
    )
    with ExitStack() as stack:
        if facts.mixes_line_ends:
            path, is_gzip = stack.enter_context(text_copy(path, _scratch(connection), line_feeds_only, is_gzip=is_gzip)), False
        texts = (
            f"select lines_of_rejects.row_number, string_agg(coalesce(lines.line, ''), chr(10) order by lines.line_number) as raw_text "
            f"from ({readers.lines_of(path, is_gzip=is_gzip)}) as lines "
            f"inner join lines_of_rejects on lines_of_rejects.line_number = lines.line_number group by lines_of_rejects.row_number"
        )
        _reject_rows(
            connection,
            extract,
            reading,
            "rows_of_rejects.line",
            "texts.raw_text",
            f"inner join rows_of_rejects on rows_of_rejects.row_number = rejected.row_number "
            f"inner join ({texts}) as texts on texts.row_number = rejected.row_number",
        )
    connection.unregister("rows_of_rejects")
    connection.unregister("lines_of_rejects")


# JSONL


def _read_jsonl(connection: Connection, extract: _Extract, path: Path, facts: TextFacts, *, is_gzip: bool) -> _Counts:
    """The fast way reads all lines as objects; where that fails, or a row is wrong, the file is read again line by line."""
    try:
        reading = readers.jsonl_reading(connection, extract.feed, path, is_gzip=is_gzip)
        rows = _insert(connection, extract, reading, reading.relation, "row_number")
        if rows == facts.physical_lines and _wrong_rows(connection, extract) == 0:
            return _Counts(rows, 0, reading.unknown_columns)
    except duckdb.InvalidInputException:
        # Some line is no JSON object. The reader does not say which and how many; the lines do.
        pass
    connection.execute("rollback")
    connection.execute("begin transaction")
    return _read_json_lines(connection, extract, path, facts, is_gzip=is_gzip)


def _read_json_lines(connection: Connection, extract: _Extract, path: Path, facts: TextFacts, *, is_gzip: bool) -> _Counts:
    connection.execute("drop table if exists temp.reject_errors")
    connection.execute("drop table if exists temp.reject_scans")
    try:
        reading = readers.jsonl_line_reading(connection, extract.feed, path, is_gzip=is_gzip)
        objects = f"select * from ({reading.relation}) where is_object"
        rows = _insert(connection, extract, reading, objects, "row_number")
    except duckdb.InvalidInputException as error:
        if "invalid state" in str(error) and facts.returns:
            raise _MixedLineEnds from error
        raise
    wrong = _wrong_rows(connection, extract)
    _reject_rows(connection, extract, reading, "rejected.row_number", "rejected.line", "where rejected.is_object")
    _take_out_wrong_rows(connection, extract)
    row = connection.execute(
        f"{_REJECT_INTO} select {extract.reject_values}, row_number, null, "
        f"case when json_valid(line) then 'not_an_object' else 'invalid_json' end, "
        f"case when json_valid(line) then 'the line is JSON, but not an object' else 'the line is not valid JSON (cut off, or more than one object)' end, "
        f"line, {extract.moment} from ({reading.relation}) where not is_object"
    ).fetchone()
    invalid = int(row[0]) if row else 0
    if rows == 0 and invalid == 0:
        raise Refusal("empty_file", "the file has no lines with content; a feed without news is delivered as a CSV with its header only, or not at all")
    if rows == 0 and _first_character(connection, path, is_gzip=is_gzip) != "{":
        raise Refusal("wrong_content", "no line is a JSON object (a JSON array, or another format?); have it delivered as one object per line")
    if wrong:
        readers.absent_keys(connection, extract.feed, path, is_gzip=is_gzip)
    return _Counts(rows + invalid, wrong + invalid, reading.unknown_columns)


def _first_character(connection: Connection, path: Path, *, is_gzip: bool) -> str:
    row = connection.execute(f"select left(trim(line), 1) from ({readers.lines_of(path, is_gzip=is_gzip)}) where trim(line) <> '' order by line_number limit 1").fetchone()
    return str(row[0]) if row else ""


# Parquet


def _read_parquet(connection: Connection, extract: _Extract, path: Path) -> _Counts:
    reading = readers.parquet_reading(connection, extract.feed, path)
    try:
        rows = _insert(connection, extract, reading, reading.relation, "row_number")
    except (duckdb.InvalidInputException, duckdb.IOException, duckdb.ConversionException) as error:
        raise readers.not_parquet(error) from error
    wrong = _wrong_rows(connection, extract)
    if wrong:
        _reject_rows(
            connection,
            extract,
            reading,
            "rejected.row_number",
            "texts.raw_text",
            f"inner join ({readers.parquet_texts(connection, path)}) as texts on texts.row_number = rejected.row_number",
        )
        _take_out_wrong_rows(connection, extract)
    return _Counts(rows, wrong, reading.unknown_columns)
