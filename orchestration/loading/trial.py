"""Tries a file: which declared feeds know its columns, and what the loader would make of it. On a throw-away warehouse; nothing is kept.

Reads by the loader's own readers and conversions, so that what is told here is what a refresh would do with the same bytes.
"""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.connections import connected
from orchestration.loading.bytes_scan import Fingerprint, fingerprint, text_chunks
from orchestration.loading.contents import read_extract
from orchestration.loading.csv_header import header_of
from orchestration.loading.declarations import FeedDeclaration, SourceDeclaration
from orchestration.loading.discovery import LandedFile, discover, file_state, format_for
from orchestration.loading.doubtful_keys import told_of_ids_like_floats, told_of_repeated_keys
from orchestration.loading.json_paths import key_of
from orchestration.loading.raw_schema import prepare_raw
from orchestration.loading.records import unfolding_of
from orchestration.loading.results import Refusal
from orchestration.loading.session import Session, Statements
from orchestration.sql_text import identifier, one_file

_EXTRACT_ID = 1
_BEGIN = 64 << 10
# Under these names a record bears what is around it.
_BORROWED = re.compile(r"\^+")


@dataclass(frozen=True)
class RejectedRows:
    """Rows rejected for the same thing in the same column; ``first_lines`` of them as examples."""

    column: str | None
    reason: str
    count: int
    first_lines: tuple[int, ...]


@dataclass(frozen=True)
class Trial:
    """What the loader would make of the file as an extract of ``feed``."""

    feed: FeedDeclaration
    refusal: Refusal | None = None
    rows: int = 0
    rejected: tuple[RejectedRows, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    # Declared columns that hold a value in some row.
    filled: tuple[str, ...] = ()
    # Of the file's own names how many there are, and how many the feed declares; what it ignores is not counted.
    names: int = 0
    names_known: int = 0
    # What feeds make of it whose records stand within its own.
    within: tuple[Trial, ...] = ()

    @property
    def rows_rejected(self) -> int:
        """Rows that the loader would put aside."""
        return sum(each.count for each in self.rejected)

    @property
    def share_known(self) -> float:
        """The share of the file's columns that the feed declares."""
        return self.names_known / max(1, self.names)

    @property
    def fit(self) -> float:
        """How well the feed fits: what it knows of the file, and what the file has of it."""
        return self.share_known * self.names_known / len(self.feed.columns)


def try_file(path: Path, feeds: Sequence[FeedDeclaration]) -> list[Trial]:
    """What each feed would make of the file, the best first: those that take it, then those that refuse it, by the names that they know.

    Raises ``OSError`` when the file cannot be read.
    """
    marks = fingerprint(path, is_text=path.name.lower().endswith((".csv", ".jsonl", ".json")))
    trials: list[Trial] = []
    with tempfile.TemporaryDirectory(prefix="aftersales-try-") as folder, connected(Path(folder) / "trial.duckdb") as connection:
        connection.execute("set preserve_insertion_order = false")
        for feed in feeds:
            prepare_raw(connection, _alone(feed))
            file = LandedFile(feed, path, path.name, format_for(feed, path.name), file_state(path))
            found = {name for name in _names_in(connection, file, Path(folder)) if not _BORROWED.fullmatch(name)}
            names = found - set(feed.ignored_columns)
            # Of a path within an object the file has the first name.
            known = {key_of(header) for header in _headers(feed)}
            trial = _tried(Statements(connection), file, marks)
            trials.append(replace(trial, names=len(names), names_known=len(names & known)))
        trials = [replace(trial, within=tuple(_within(connection, trial, feeds, path, marks))) for trial in trials]
    return sorted(trials, key=lambda trial: (trial.refusal is not None, -trial.fit, -trial.names_known))


def _within(
    connection: duckdb.DuckDBPyConnection, trial: Trial, feeds: Iterable[FeedDeclaration], path: Path, marks: Fingerprint
) -> Generator[Trial]:
    """What the feeds of the same source make of the file whose records stand within those of the trial's feed."""
    outer = trial.feed
    file_format = format_for(outer, path.name)
    if trial.refusal is not None or not (file_format or "").startswith("jsonl"):
        return
    for feed in feeds:
        if (feed.source_system, feed.within) == (outer.source_system, outer.name):
            yield _tried(Statements(connection), LandedFile(feed, path, path.name, file_format, file_state(path), is_within=True), marks)


@contextmanager
def rows_of(paths: Sequence[Path], feed: FeedDeclaration) -> Generator[tuple[duckdb.DuckDBPyConnection, str, Refusal | None, int]]:
    """The rows of files as the loader takes them by a declaration, inside the block: connection, table, a refusal, rows rejected."""
    with tempfile.TemporaryDirectory(prefix="aftersales-try-") as folder, connected(Path(folder) / "trial.duckdb") as connection:
        connection.execute("set preserve_insertion_order = false")
        prepare_raw(connection, _alone(feed))
        statements = Statements(connection)
        statements.begin()
        rejected, refusal = 0, None
        try:
            for number, path in enumerate(paths, start=1):
                file_format = format_for(feed, path.name)
                file = LandedFile(feed, path, path.name, file_format, file_state(path))
                marks = fingerprint(path, is_text=file_format in ("csv", "jsonl"))
                rejected += read_extract(_session(statements, file, number), marks).rejected
        except Refusal as error:
            refusal = error
        yield connection, f"raw.{identifier(feed.identifier)}", refusal, rejected


def _session(statements: Statements, file: LandedFile, extract_id: int = _EXTRACT_ID) -> Session:
    now = datetime.now(UTC).replace(tzinfo=None)
    is_gzip = (file.file_format or "").endswith(".gz")
    return Session(statements, extract_id, file, now, now, file.path.resolve(), is_gzip=is_gzip)


def _alone(feed: FeedDeclaration) -> Mapping[str, SourceDeclaration]:
    return {feed.source_system: SourceDeclaration(name=feed.source_system, path=Path(), feeds={feed.name: feed})}


def _tried(statements: Statements, file: LandedFile, marks: Fingerprint) -> Trial:
    session = _session(statements, file)
    statements.begin()
    try:
        counts = read_extract(session, marks)
        told = (told_of_repeated_keys(session, counts.read - counts.rejected), told_of_ids_like_floats(session))
        return Trial(
            feed=file.feed,
            rows=counts.read,
            rejected=_rejected(session),
            unknown_columns=counts.unknown_columns,
            warnings=(*counts.warnings, *(each for each in told if each)),
            filled=_filled(session),
        )
    except Refusal as refusal:
        return Trial(feed=file.feed, refusal=refusal)
    finally:
        statements.roll_back()


def _rejected(session: Session) -> tuple[RejectedRows, ...]:
    rows = session.query(
        "select column_name, reason, count(*), list(line order by line)[:3] from raw.rejects where extract_id = $extract_id "
        "group by column_name, reason order by count(*) desc, column_name, reason"
    )
    return tuple(RejectedRows(column, reason, count, tuple(lines)) for column, reason, count, lines in rows)


def _filled(session: Session) -> tuple[str, ...]:
    columns = [column.name for column in session.feed.columns]
    counts = session.query(f"select {', '.join(f'count({identifier(name)})' for name in columns)} from {session.raw_table}")[0]
    return tuple(name for name, count in zip(columns, counts, strict=True) if count)


def _headers(feed: FeedDeclaration) -> list[str]:
    return [header for column in feed.columns for header in column.headers]


def _names_in(connection: duckdb.DuckDBPyConnection, file: LandedFile, scratch: Path) -> set[str]:
    """The names that a file has for its columns, as it reads by the feed's encoding; none where that cannot be told."""
    feed, path = file.feed, file.path
    try:
        if (unfolding := unfolding_of(file)) is not None:
            with unfolding.copy(path, scratch, is_gzip=(file.file_format or "").endswith(".gz")) as copy:
                return set(columns_of(connection, copy, "jsonl"))
        if not (file.file_format or "csv").startswith("csv"):
            return set(columns_of(connection, path, file.file_format))
        begin = next(iter(text_chunks(path, is_gzip=path.name.lower().endswith(".gz"))), b"")[:_BEGIN]
        text = begin.decode(feed.encoding, errors="ignore").lstrip("\ufeff")
        # A header is known for what it is, whatever follows it.
        return set(header_of(feed.model_copy(update={"rows_after_header": 0}), io.StringIO(text, newline="")).names)
    except (Refusal, duckdb.Error):
        return set()


def columns_of(connection: duckdb.DuckDBPyConnection, path: Path, file_format: str | None) -> list[str]:
    """The columns of a Parquet file, or the keys of JSON lines, in their order. Raises ``duckdb.Error`` where there is no reading it."""
    reader = "read_parquet" if file_format == "parquet" else "read_ndjson_auto"
    return [str(row[0]) for row in connection.execute(f"describe select * from {reader}({one_file(path)})").fetchall()]


def claimed_by(source: SourceDeclaration, file_name: str) -> tuple[str | None, str]:
    """The feed to which the loader would give a file of that name in the source's folder; else nothing, and what keeps it out."""
    with tempfile.TemporaryDirectory(prefix="aftersales-try-") as folder:
        path = Path(folder) / source.name / file_name
        path.parent.mkdir()
        path.touch()
        found = discover(source, Path(folder))
    if found.files:
        return found.files[0].feed.name, ""
    return None, next(iter([*found.unclaimed.values(), *found.unfinished.values()]), "")
