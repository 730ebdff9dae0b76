"""Loads the landed extracts of a source: one extract, one transaction, one row of the ledger.

Decides what becomes of an extract: loaded, duplicate, refused, left for the next run. How files are found, looked at, read
and converted stands in the modules beside.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.loading.archive import Archive, ArchivedExtract, ArchiveError, SourceArchive
from orchestration.loading.books import Books
from orchestration.loading.bytes_scan import (
    COPY_PREFIX,
    Fingerprint,
    fingerprint,
    from_encoding,
    is_utf8,
    one_line_end,
    one_line_end_outside_quotes,
    text_copy,
    text_facts,
)
from orchestration.loading.csv_extract import MixedLineEnds, read_csv
from orchestration.loading.current_rows import merge_new_extracts
from orchestration.loading.declarations import FeedDeclaration, SourceDeclaration
from orchestration.loading.discovery import LandedFile, discover, file_state, format_of
from orchestration.loading.jsonl_extract import read_jsonl
from orchestration.loading.parquet_extract import read_parquet
from orchestration.loading.results import ExtractResult, Refusal, SourceLoad, Status, StillChanging
from orchestration.loading.session import Counts, Session, Statements

Connection = duckdb.DuckDBPyConnection
_VANISHED = "it vanished before it was read to its end; if it was not moved on purpose, have it delivered again"


def load_source(
    connection: Connection,
    source: SourceDeclaration,
    landing: Path,
    *,
    run_id: str,
    on_extract: Callable[[ExtractResult], None] | None = None,
    feeds: set[str] | None = None,
    archive: Archive | None = None,
) -> SourceLoad:
    """Load every extract of ``source`` that has landed and was not handled before, in the order of file names.

    The raw schema has to stand (``prepare_raw``). ``on_extract`` hears of each extract after its commit; after that its file goes
    into ``archive``. What the archive has and the ledger does not know (the warehouse is new, or an old one was restored) is loaded
    before, under the numbers, names and moments of its first load; but not what was removed from the archive or is left out on
    purpose, whose bytes are a duplicate when they come again. With ``feeds`` only those feeds are loaded. In the end the new extracts
    are merged into the tables of current rows.

    A fault that is not the extract's (disk full, memory) leaves nothing of the extract and is raised. So is ``ArchiveError`` when
    archived bytes are missing or damaged, or when an extract that was loaded once would be refused now.
    """
    unknown = (feeds or set()) - set(source.feeds)
    if unknown:
        raise ValueError(f"source '{source.name}' has no feed {sorted(unknown)}; it has {sorted(source.feeds)}")
    discovery = discover(source, landing)
    load = SourceLoad(source.name, left_for_next_run=dict(discovery.unfinished), unclaimed_files=discovery.unclaimed)
    with _loading(connection) as statements:
        books = Books(statements, source.name, last_archived_id=0 if archive is None else archive.last_extract_id())
        keeper = None if archive is None else _Keeper(archive.of_source(source.name), books, is_moved=archive.takes_from(landing))
        # What is taken out of the landing zone has been hashed before, however much it looks like a file that was handled.
        trusts_states = keeper is None or not keeper.is_moved
        loader = _Loader(statements, books, run_id, archive=None if keeper is None else keeper.archive, trusts_states=trusts_states)
        wanted = set(source.feeds) if feeds is None else feeds

        def note(result: ExtractResult) -> None:
            load.extracts.append(result)
            if on_extract is not None:
                on_extract(result)

        if keeper is not None:
            for extract in keeper.unknown(source, wanted):
                note(loader.load_again(source.feeds[extract.feed], extract, keeper.archive.path_of(extract)))
        for file in discovery.files:
            if file.feed.name not in wanted:
                continue
            try:
                result = loader.load(file)
            except StillChanging as change:
                load.left_for_next_run[file.name] = str(change)
                continue
            if result is None:
                load.known_files += 1
            else:
                note(result)
            problem = None if keeper is None else keeper.keep(file)
            if problem is not None:
                load.not_archived[file.name] = problem
            if file.state is None or file.path.exists():
                load.files_left[file.name] = file.state
        merge_new_extracts(connection, source)
    return load


@dataclass(frozen=True)
class _Keeper:
    """Sees to it that the archive has what the ledger says was loaded of a source."""

    archive: SourceArchive
    books: Books
    is_moved: bool

    def __post_init__(self) -> None:
        self.archive.mend(self.books.archived)

    def unknown(self, source: SourceDeclaration, feeds: set[str]) -> list[ArchivedExtract]:
        """The archived extracts of ``feeds`` that the ledger lacks and is to have, in the order of delivery."""
        unknown = [
            extract for extract in self.archive.extracts if extract.is_to_load and not self.books.is_loaded(extract.feed, extract.sha256)
        ]
        for extract in unknown:
            if extract.feed not in source.feeds:
                raise ArchiveError(
                    f"{extract.file_name} was loaded into the feed '{extract.feed}', which '{source.name}' does not declare any more; "
                    f"declare it again, or go without it: aftersales rebuild --without '{extract.file_name}'"
                )
        return [extract for extract in unknown if extract.feed in feeds]

    def keep(self, file: LandedFile) -> str | None:
        """Keep a file that was just handled, loaded or known. Returns why that cannot be."""
        sha256 = self.books.hash_of(file)
        if sha256 is None:
            return None
        loaded = self.books.same_bytes(file, sha256)
        # Nothing to do for the many files of a landing zone that is not ours and was archived on earlier runs.
        if not self.is_moved and (loaded is None or self.archive.holds(file.feed.name, sha256, loaded[0])):
            return None
        # Bytes that only the archive knows of were removed or are left out: a second delivery of them goes the way of any other.
        find = self.archive.find if loaded is None else self.books.archived
        extract = find(file.feed.name, sha256)
        return None if extract is None else self.archive.keep(file, extract, is_moved=self.is_moved)


@contextmanager
def _loading(connection: Connection) -> Generator[Statements]:
    """The connection as the loader needs it, and afterwards as it was."""
    order = connection.execute("select current_setting('preserve_insertion_order')").fetchall()[0][0]
    # Rows carry their number, so the engine need not keep their order, which would cost memory.
    connection.execute("set preserve_insertion_order = false")
    # Lines that somebody's scan on this connection could not split are not ours.
    for table in ("reject_errors", "reject_scans"):
        connection.execute(f"drop table if exists temp.{table}")
    statements = Statements(connection)
    # Only one process writes to a warehouse, so copies that lie there are of one that was killed.
    if statements.scratch is not None:
        for copy in statements.scratch.glob(f"{COPY_PREFIX}*"):
            copy.unlink()
    try:
        yield statements
    except BaseException:
        # The connection may be past use; the error that says why is on its way up.
        with suppress(duckdb.Error):
            _leave(statements, order)
        raise
    _leave(statements, order)


def _leave(statements: Statements, order: object) -> None:
    statements.forget()
    statements.connection.execute(f"set preserve_insertion_order = {str(order).lower()}")


@dataclass(frozen=True)
class _Loader:
    statements: Statements
    books: Books
    run_id: str
    archive: SourceArchive | None = None
    # A file with the name, size and time of a handled one is that one.
    trusts_states: bool = True

    @property
    def _connection(self) -> Connection:
        return self.statements.connection

    def load(self, file: LandedFile) -> ExtractResult | None:
        """Load, refuse or recognise one file. None: it was handled before."""
        if self.trusts_states and self.books.is_known(file):
            return None
        result = self._blank(file)
        if file.problem is not None or file.state is None:
            return self._refuse(file, result, Refusal("not_allowed", f"the file was not opened: {file.problem}"))
        file_format = file.file_format
        try:
            marks = fingerprint(file.path, is_text=file_format in ("csv", "jsonl"))
        except FileNotFoundError as error:
            raise StillChanging(_VANISHED) from error
        except OSError as error:
            reason = f"the file cannot be opened ({error.strerror}); give the loader the right to read it"
            return self._refuse(file, result, Refusal("not_readable", reason))
        _insist_unchanged(file)
        result = replace(result, sha256=marks.sha256)
        if self.books.was_handled(file, marks.sha256):
            self.books.touched(file, marks.sha256)
            return None
        earlier = self._told_of_earlier(file, marks.sha256)
        if earlier is not None:
            return self._write(file, replace(result, status=Status.DUPLICATE, message=f"the same bytes {earlier}; nothing changes"))
        result = replace(result, extract_id=self.books.earlier_refusal(file, marks.sha256) or result.extract_id)
        return self._load_new(file, result, marks)

    def _told_of_earlier(self, file: LandedFile, sha256: str) -> str | None:
        """What became of these bytes when they came to the feed before; None: they are new."""
        twin = self.books.same_bytes(file, sha256)
        if twin is not None:
            return f"were loaded before as {twin[1]} (extract {twin[0]})"
        noted = None if self.archive is None else self.archive.find(file.feed.name, sha256)
        if noted is None:
            return None
        came = f"came before as {noted.file_name} (extract {noted.extract_id})"
        if noted.left_out_at is not None:
            return f"{came} and are left out on purpose since {noted.left_out_at:%Y-%m-%d %H:%M} UTC"
        return f"{came}, and others have replaced every row of them"

    def load_again(self, feed: FeedDeclaration, extract: ArchivedExtract, path: Path) -> ExtractResult:
        """Load an archived extract as it was loaded first. Raises ``ArchiveError`` when that cannot be."""
        try:
            file = LandedFile(feed, path, extract.file_name, format_of(f".{extract.file_format}"), file_state(path))
            marks = fingerprint(path, is_text=file.file_format in ("csv", "jsonl"))
        except FileNotFoundError as error:
            raise ArchiveError(
                f"{path}, the bytes of {extract.file_name}, is missing: restore it from a backup, or go without it: "
                f"aftersales rebuild --without '{extract.file_name}'"
            ) from error
        if marks.sha256 != extract.sha256:
            raise ArchiveError(f"{path}, the bytes of {extract.file_name}, is damaged: restore it from a backup")
        first = replace(
            self._blank(file),
            extract_id=self.books.next_extract_id if self.books.is_taken(extract.extract_id) else extract.extract_id,
            run_id=extract.run_id,
            sha256=extract.sha256,
            started_at=extract.started_at,
            finished_at=extract.finished_at,
        )
        result = self._load_new(file, first, marks, noted=extract)
        if result.status is not Status.LOADED:
            raise ArchiveError(
                f"{extract.file_name} was loaded before and would be refused now: {result.message}. "
                f"Correct the declaration of the feed '{feed.name}', then run this again"
            )
        return result

    def _blank(self, file: LandedFile) -> ExtractResult:
        started_at = _now()
        return ExtractResult(
            extract_id=self.books.next_extract_id,
            run_id=self.run_id,
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

    def _load_new(self, file: LandedFile, result: ExtractResult, marks: Fingerprint, noted: ArchivedExtract | None = None) -> ExtractResult:
        """Rows, rejects and ledger row in one transaction. ``noted`` is the ledger's word of an earlier load."""
        state = file.state
        if noted is not None and state is not None and noted.modified_ns is not None:
            state = replace(state, modified_ns=noted.modified_ns)
        session = Session(
            self.statements,
            result.extract_id,
            file,
            result.started_at,
            file.path.resolve(),
            is_gzip=(file.file_format or "").endswith(".gz"),
        )
        self._connection.execute("begin transaction")
        try:
            counts = _read(session, marks)
            _insist_unchanged(file)
            loaded = replace(
                result,
                status=Status.LOADED,
                message=_summary(counts),
                rows_read=counts.read,
                rows_accepted=counts.read - counts.rejected,
                rows_rejected=counts.rejected,
                unknown_columns=counts.unknown_columns,
                finished_at=_now() if noted is None else noted.finished_at,
            )
            self.books.write(loaded, state)
            self._connection.execute("commit")
        except Refusal as refusal:
            self._roll_back()
            _insist_unchanged(file)
            return self._refuse(file, result, refusal)
        except BaseException as error:
            self._roll_back()
            # A file that was cut or taken away under the reader shows as an error of reading; then it is the file's.
            if isinstance(error, duckdb.Error | OSError):
                _insist_unchanged(file)
            raise
        self.books.committed(loaded, state)
        return loaded

    def _refuse(self, file: LandedFile, result: ExtractResult, refusal: Refusal) -> ExtractResult:
        earlier = self.books.earlier_refusal(file, result.sha256)
        refused = replace(
            result,
            extract_id=earlier or result.extract_id,
            status=Status.REFUSED,
            refusal_reason=refusal.reason,
            message=refusal.message,
            is_repeated=earlier is not None,
        )
        return self._write(file, refused)

    def _write(self, file: LandedFile, result: ExtractResult) -> ExtractResult:
        """The ledger row of an extract that brings no rows."""
        result = replace(result, finished_at=_now())
        self._connection.execute("begin transaction")
        try:
            self.books.write(result, file.state)
            self._connection.execute("commit")
        except BaseException:
            self._roll_back()
            raise
        self.books.committed(result, file.state)
        return result

    def _roll_back(self) -> None:
        # A commit that failed has ended the transaction, and after a full disk the engine takes no statement at all
        # until the file is opened again. The error that led here is on its way up; this one would hide it.
        with suppress(duckdb.Error):
            self._connection.execute("rollback")


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _summary(counts: Counts) -> str:
    text = f"{counts.read - counts.rejected:,} of {counts.read:,} rows accepted"
    if counts.rejected:
        text += f", {counts.rejected:,} rejected: raw.rejects has line, column and reason of each; correct them and deliver them again"
    return text


def _insist_unchanged(file: LandedFile) -> None:
    """Raise when the file is no longer what discovery saw."""
    try:
        is_same = file_state(file.path) == file.state
    except FileNotFoundError as error:
        raise StillChanging(_VANISHED) from error
    if not is_same:
        raise StillChanging("it changed while it was read; the next run reads it")


def _read(session: Session, marks: Fingerprint) -> Counts:
    """Read one extract inside its transaction."""
    file_format = session.file.file_format
    if file_format is None:
        raise Refusal(
            "wrong_content",
            "the name has no ending that says its format (.csv, .csv.gz, .parquet, .jsonl, .jsonl.gz); rename it, or declare its format",
        )
    if marks.byte_count == 0:
        raise Refusal("empty_file", "the file has no bytes; have it delivered with at least its header line")
    if file_format == "parquet":
        return read_parquet(session)
    _refuse_binary(marks.begin, is_gzip=session.is_gzip)
    return _read_text(session, marks)


_KINDS = {
    b"PAR1": "Parquet",
    b"PK\x03\x04": "a ZIP archive or a spreadsheet",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"\x28\xb5\x2f\xfd": "compressed by zstd",
    b"\x1f\x8b": "compressed by gzip",
}


def _refuse_binary(begin: bytes, *, is_gzip: bool) -> None:
    for magic, kind in _KINDS.items():
        if begin.startswith(magic) and not (is_gzip and kind == "compressed by gzip"):
            raise Refusal(
                "wrong_content",
                f"the content is {kind}, not what the name says; rename it to its real ending, or have it delivered as text",
            )


def _read_text(session: Session, marks: Fingerprint) -> Counts:
    is_csv = (session.file.file_format or "").startswith("csv")
    read = read_csv if is_csv else read_jsonl
    encoding = session.feed.encoding
    with ExitStack() as stack:
        facts = marks.text
        if not is_utf8(encoding):
            copy = stack.enter_context(text_copy(session.path, session.scratch, from_encoding(encoding), is_gzip=session.is_gzip))
            session, facts = replace(session, path=copy, is_gzip=False), None
        elif marks.encoding_problem is not None:
            raise marks.encoding_problem
        facts = facts or text_facts(session.path, is_gzip=session.is_gzip)
        # The second way only helps where quotes do not come in pairs; after it nothing is mixed.
        for translate in (one_line_end_outside_quotes, one_line_end):
            try:
                return read(session, facts)
            except MixedLineEnds:
                session.start_again()
                copy = stack.enter_context(text_copy(session.path, session.scratch, translate, is_gzip=session.is_gzip))
                session = replace(session, path=copy, is_gzip=False)
                facts = text_facts(copy, is_gzip=False)
        return read(session, facts)
