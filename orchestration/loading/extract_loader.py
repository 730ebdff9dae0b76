"""Decides what becomes of an extract: loaded, duplicate, refused, known, or left for the next run. Each is all there or not at all.

An extract is loaded in a transaction with its row of the ledger. Small ones share one: as soon as one of them has anything to tell, it is
undone, and that one loaded alone. How files are found, looked at, read and converted stands in the modules beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

import duckdb

from orchestration.loading.archive import ArchivedExtract, ArchiveError, SourceArchive
from orchestration.loading.books import Books
from orchestration.loading.bytes_scan import Fingerprint, fingerprint
from orchestration.loading.contents import read_extract
from orchestration.loading.declarations import SourceDeclaration
from orchestration.loading.discovery import FileState, LandedFile, file_state, format_of, is_within
from orchestration.loading.doubtful_keys import told_of_ids_like_floats, told_of_repeated_keys
from orchestration.loading.reading import Counts
from orchestration.loading.results import ExtractResult, Refusal, Status, StillChanging
from orchestration.loading.session import Session, Statements
from orchestration.loading.small_files import MOST_FILES, OneByOne, is_small, read_together

_VANISHED = "it vanished before it was read to its end; if it was not moved on purpose, have it delivered again"

# What became of a file; None: it was handled before.
Outcome = ExtractResult | StillChanging | None


@dataclass(frozen=True)
class _Looked:
    """A file whose bytes were looked at. ``noted`` is the ledger's word of an earlier load."""

    file: LandedFile
    marks: Fingerprint
    started_at: datetime
    noted: ArchivedExtract | None = None
    # When these bytes were refused first, if they were.
    refused_since: datetime | None = None

    @property
    def state(self) -> FileState | None:
        """The file's size and time; of an archived extract the time that the file had when it was loaded first."""
        if self.noted is None or self.file.state is None or self.noted.modified_ns is None:
            return self.file.state
        return replace(self.file.state, modified_ns=self.noted.modified_ns)


@dataclass(frozen=True)
class ExtractLoader:
    """Loads the extracts of one source."""

    statements: Statements
    books: Books
    run_id: str
    archive: SourceArchive | None = None
    # A file with the name, size and time of a handled one is that one.
    trusts_states: bool = True

    def load(self, files: Iterable[LandedFile]) -> Iterator[tuple[LandedFile, Outcome]]:
        """Load, refuse or recognise files, in their order; each is told after its commit."""
        waiting: list[_Looked] = []
        for file in files:
            if self.trusts_states and self.books.is_known(file):
                yield file, None
                continue
            started_at = _now()
            try:
                looked = _Looked(file, _marks(file), started_at)
            except StillChanging as change:
                yield file, change
                continue
            except Refusal as refusal:
                yield from self._load_waiting(waiting)
                yield file, self._refuse(file, self._blank(file, self.books.next_extract_id, started_at), refusal)
                continue
            if self._may_wait(looked, waiting):
                waiting.append(looked)
                if len(waiting) == MOST_FILES:
                    yield from self._load_waiting(waiting)
            else:
                yield from self._load_waiting(waiting)
                yield file, self._outcome(looked)
        yield from self._load_waiting(waiting)

    def load_again(self, source: SourceDeclaration, extracts: Iterable[ArchivedExtract], archive: SourceArchive) -> Iterator[ExtractResult]:
        """Load archived extracts as they were loaded first. Raises ``ArchiveError`` when that cannot be."""
        waiting: list[_Looked] = []
        try:
            for extract in extracts:
                looked = _looked_up(source, extract, archive)
                if is_small(looked.file, looked.marks) and not self.books.is_taken(extract.extract_id):
                    waiting.append(looked)
                    if len(waiting) < MOST_FILES:
                        continue
                    yield from map(_loaded_again, self._load_waiting(waiting))
                else:
                    yield from map(_loaded_again, self._load_waiting(waiting))
                    yield _loaded_again((looked.file, self._outcome(looked)))
        except ArchiveError:
            yield from map(_loaded_again, self._load_waiting(waiting))
            raise
        yield from map(_loaded_again, self._load_waiting(waiting))

    def _may_wait(self, looked: _Looked, waiting: list[_Looked]) -> bool:
        """Whether a file is small and new, also beside those that wait to be loaded with it."""
        file, sha256 = looked.file, looked.marks.sha256
        return (
            is_small(file, looked.marks)
            and not self.books.was_handled(file, sha256)
            and self.books.earlier_refusal(file, sha256) is None
            and self._told_of_earlier(file, sha256) is None
            and not any(other.file.feed.name == file.feed.name and other.marks.sha256 == sha256 for other in waiting)
        )

    def _load_waiting(self, waiting: list[_Looked]) -> Iterator[tuple[LandedFile, Outcome]]:
        """Load the files that wait; none does afterwards."""
        files = waiting.copy()
        waiting.clear()
        yield from self._load_together(files)

    def _load_together(self, files: list[_Looked]) -> Iterator[tuple[LandedFile, Outcome]]:
        """Load small files in one transaction; those that have anything to tell alone, and the others again without them."""
        if len(files) <= 1:
            yield from ((looked.file, self._outcome(looked)) for looked in files)
            return
        first = self.books.next_extract_id
        numbers = [first + place if looked.noted is None else looked.noted.extract_id for place, looked in enumerate(files)]
        begun = [self._begun(looked, number) for looked, number in zip(files, numbers, strict=True)]
        self.statements.begin()
        try:
            sessions = [self._session(looked, result) for looked, result in zip(files, begun, strict=True)]
            counts = read_together([(session, looked.marks) for session, looked in zip(sessions, files, strict=True)])
            changed = [number for looked, number in zip(files, numbers, strict=True) if not _is_unchanged(looked.file)]
            if changed:
                raise OneByOne(changed)
            loaded = [_loaded(looked, result, counts[result.extract_id]) for looked, result in zip(files, begun, strict=True)]
            handled = [(result, looked.state) for looked, result in zip(files, loaded, strict=True)]
            self.books.write(handled)
            self.statements.commit()
        except OneByOne as found:
            self._roll_back()
            alone = found.extract_ids
        except BaseException:
            self._roll_back()
            raise
        else:
            self.books.committed(handled)
            yield from zip((looked.file for looked in files), loaded, strict=True)
            return
        for is_alone, group in groupby(zip(files, numbers, strict=True), key=lambda each: each[1] in alone):
            several = [looked for looked, _ in group]
            if is_alone:
                yield from ((looked.file, self._outcome(looked)) for looked in several)
            else:
                yield from self._load_together(several)

    def _outcome(self, looked: _Looked) -> Outcome:
        """Load, refuse or recognise one file."""
        file, sha256 = looked.file, looked.marks.sha256
        number = self.books.next_extract_id
        if looked.noted is not None:
            return self._load_alone(looked, number if self.books.is_taken(looked.noted.extract_id) else looked.noted.extract_id)
        if self.books.was_handled(file, sha256):
            self.books.touched(file, sha256)
            return None
        earlier = self._told_of_earlier(file, sha256)
        if earlier is not None:
            result = replace(self._begun(looked, number), status=Status.DUPLICATE, message=f"the same bytes {earlier}; nothing changes")
            return self._write(file, result)
        looked = replace(looked, refused_since=self.books.refused_since(file, sha256))
        try:
            return self._load_alone(looked, self.books.earlier_refusal(file, sha256) or number)
        except StillChanging as change:
            return change

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

    def _begun(self, looked: _Looked, extract_id: int) -> ExtractResult:
        """The ledger row of an extract before its rows are read."""
        result = replace(self._blank(looked.file, extract_id, looked.started_at), sha256=looked.marks.sha256)
        noted = looked.noted
        if noted is None:
            return replace(result, first_delivered_at=looked.refused_since)
        moments = {"started_at": noted.started_at, "finished_at": noted.finished_at, "first_delivered_at": noted.first_delivered_at}
        return replace(result, run_id=noted.run_id, **moments)

    def _blank(self, file: LandedFile, extract_id: int, started_at: datetime) -> ExtractResult:
        return ExtractResult(
            extract_id=extract_id,
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

    def _session(self, looked: _Looked, result: ExtractResult) -> Session:
        file = looked.file
        is_gzip = (file.file_format or "").endswith(".gz")
        delivered_at = result.first_delivered_at or result.started_at
        return Session(self.statements, result.extract_id, file, result.started_at, delivered_at, file.path.resolve(), is_gzip=is_gzip)

    def _load_alone(self, looked: _Looked, extract_id: int) -> ExtractResult:
        """Rows, rejects and ledger row of one extract in one transaction."""
        file, result = looked.file, self._begun(looked, extract_id)
        self.statements.begin()
        try:
            session = self._session(looked, result)
            counts = read_extract(session, looked.marks)
            told = (told_of_repeated_keys(session, counts.read - counts.rejected), told_of_ids_like_floats(session))
            counts = replace(counts, warnings=(*counts.warnings, *(each for each in told if each)))
            _insist_unchanged(file)
            loaded = _loaded(looked, result, counts)
            self.books.write([(loaded, looked.state)])
            self.statements.commit()
        except Refusal as refusal:
            self._roll_back()
            _insist_unchanged(file)
            if looked.noted is not None:
                # Its row of the ledger is that of its load, which has to be possible again: the number stays free for it.
                return replace(result, refusal_reason=refusal.reason, message=refusal.message)
            return self._refuse(file, result, refusal)
        except BaseException as error:
            self._roll_back()
            # A file that was cut or taken away under the reader shows as an error of reading; then it is the file's.
            if isinstance(error, duckdb.Error | OSError):
                _insist_unchanged(file)
            raise
        self.books.committed([(loaded, looked.state)])
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
        self.statements.begin()
        try:
            self.books.write([(result, file.state)])
            self.statements.commit()
        except BaseException:
            self._roll_back()
            raise
        self.books.committed([(result, file.state)])
        return result

    def _roll_back(self) -> None:
        # A commit that failed has ended the transaction, and after a full disk the engine takes no statement at all
        # until the file is opened again. The error that led here is on its way up; this one would hide it.
        with suppress(duckdb.Error):
            self.statements.roll_back()


def _marks(file: LandedFile) -> Fingerprint:
    """Look at the bytes of a file. Raises ``Refusal`` when that cannot be, ``StillChanging`` when it is another file meanwhile."""
    if file.problem is not None or file.state is None:
        raise Refusal("not_allowed", f"the file was not opened: {file.problem}")
    try:
        marks = fingerprint(file.path, is_text=file.file_format in ("csv", "jsonl"))
    except FileNotFoundError as error:
        raise StillChanging(_VANISHED) from error
    except OSError as error:
        raise Refusal("not_readable", f"the file cannot be opened ({error.strerror}); give the loader the right to read it") from error
    _insist_unchanged(file)
    return marks


def _looked_up(source: SourceDeclaration, extract: ArchivedExtract, archive: SourceArchive) -> _Looked:
    """An archived extract, looked at. Raises ``ArchiveError`` when its bytes are not what they were."""
    path = archive.path_of(extract)
    try:
        feed, file_format = source.feeds[extract.feed], format_of(f".{extract.file_format}")
        within = is_within(source, feed, extract.file_name)
        file = LandedFile(feed, path, extract.file_name, file_format, file_state(path), is_within=within)
        marks = fingerprint(path, is_text=file.file_format in ("csv", "jsonl"))
    except FileNotFoundError as error:
        raise ArchiveError(
            f"{path}, the bytes of {extract.file_name}, is missing: restore it from a backup, or go without it: "
            f"aftersales rebuild --without '{extract.file_name}'"
        ) from error
    if marks.sha256 != extract.sha256:
        raise ArchiveError(f"{path}, the bytes of {extract.file_name}, is damaged: restore it from a backup")
    return _Looked(file, marks, extract.started_at, extract)


def _loaded_again(told: tuple[LandedFile, Outcome]) -> ExtractResult:
    file, outcome = told
    if isinstance(outcome, StillChanging):
        raise outcome
    if outcome is None or outcome.status is not Status.LOADED:
        why = "it is known" if outcome is None else outcome.message
        raise ArchiveError(
            f"{file.name} was loaded before and would be refused now: {why}. "
            f"Correct the declaration of the feed '{file.feed.name}', then run this again"
        )
    return outcome


def _loaded(looked: _Looked, begun: ExtractResult, counts: Counts) -> ExtractResult:
    return replace(
        begun,
        status=Status.LOADED,
        message=_summary(counts),
        rows_read=counts.read,
        rows_accepted=counts.read - counts.rejected,
        rows_rejected=counts.rejected,
        rows_left_out=counts.left_out,
        unknown_columns=counts.unknown_columns,
        warning="; ".join(counts.warnings) or None,
        finished_at=_now() if looked.noted is None else looked.noted.finished_at,
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _summary(counts: Counts) -> str:
    text = f"{counts.read - counts.rejected:,} of {counts.read:,} rows accepted"
    if counts.left_out:
        text += f", {counts.left_out:,} left out as declared"
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


def _is_unchanged(file: LandedFile) -> bool:
    try:
        _insist_unchanged(file)
    except StillChanging:
        return False
    return True
