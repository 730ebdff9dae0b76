"""What became of rejected rows, and the open ones as files to correct and deliver again. Rejecting is the readers' work.

A rejected row is open until a later delivery answers it: by an accepted row with its key, or, for the rows of an extract that was
exported, by the corrected file under the name it was exported by.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import dropwhile, groupby
from pathlib import Path

import duckdb

from orchestration.loading.archive import Archive
from orchestration.loading.bytes_scan import is_utf8
from orchestration.loading.csv_header import header_of
from orchestration.loading.declarations import FeedDeclaration
from orchestration.loading.discovery import is_claimed
from orchestration.loading.replacing import CORRECTS
from orchestration.loading.row_versions import key_text, table_of
from orchestration.sql_text import identifier, literal

# Of a correction of a correction: the number at the end.
_CORRECTS = rf".*{CORRECTS}"
_ENDINGS = {"csv": "csv", "csv.gz": "csv", "jsonl": "jsonl", "jsonl.gz": "jsonl", "parquet": "jsonl"}


class RejectState(StrEnum):
    """What became of a rejected row."""

    OPEN = "open"
    REPLACED = "replaced"
    ANSWERED = "answered"


@dataclass(frozen=True)
class RejectedRow:
    """A row that was not taken. ``detail`` and ``raw_text`` may be personal data."""

    extract_id: int
    feed: FeedDeclaration
    file_name: str
    file_format: str
    sha256: str
    line: int
    column_name: str | None
    reason: str
    detail: str
    raw_text: str
    state: RejectState


@dataclass(frozen=True)
class ExportedRow:
    """A rejected row and the line of the exported file at which it begins."""

    row: RejectedRow
    exported_line: int


@dataclass(frozen=True)
class Export:
    """The open rejected rows of one extract, as a file in the extract's own layout. ``path`` is None when that cannot be made."""

    path: Path | None
    rows: tuple[ExportedRow, ...]
    problem: str | None = None


def rejects_with_state(feed: FeedDeclaration) -> str:
    """A select of the rejected rows of ``feed`` with ``state`` and, of their extract, ``file_format`` and ``sha256``."""
    of_feed = f"source_system = {literal(feed.source_system)} and feed = {literal(feed.name)}"
    key = key_text([f"accepted.{identifier(column)}" for column in feed.key])
    return f"""
        select
            rejects.extract_id, rejects.file_name, extracts.file_format, extracts.sha256, rejects.line, rejects.column_name,
            rejects.reason, rejects.detail, rejects.raw_text,
            case
                when replacements.row_key is not null then '{RejectState.REPLACED}'
                when corrections.extract_id is not null then '{RejectState.ANSWERED}'
                else '{RejectState.OPEN}'
            end as state
        from raw.rejects as rejects
        inner join raw.extract_ledger as extracts on extracts.extract_id = rejects.extract_id
        left join (
            select {key} as row_key, max(accepted._extract_id) as extract_id
            from {table_of(feed)} as accepted
            where {key} in (select keyed.row_key from raw.rejects as keyed where {of_feed} and keyed.row_key is not null)
            group by {key}
        ) as replacements on replacements.row_key = rejects.row_key and replacements.extract_id > rejects.extract_id
        left join (
            select cast(regexp_extract(file_name, {literal(_CORRECTS)}, 1) as bigint) as corrected_id, max(extract_id) as extract_id
            from raw.extract_ledger
            where {of_feed} and status = 'loaded' and regexp_matches(file_name, {literal(_CORRECTS)})
            group by corrected_id
        ) as corrections on corrections.corrected_id = rejects.extract_id and corrections.extract_id > rejects.extract_id
        where rejects.source_system = {literal(feed.source_system)} and rejects.feed = {literal(feed.name)}
    """


def rejected_rows(connection: duckdb.DuckDBPyConnection, feed: FeedDeclaration, *, only_open: bool = True) -> list[RejectedRow]:
    """The rejected rows of ``feed`` in order of extract and line."""
    only = f"where state = '{RejectState.OPEN}'" if only_open else ""
    rows = connection.execute(
        f"""
        select extract_id, file_name, file_format, sha256, line, column_name, reason, detail, raw_text, state
        from ({rejects_with_state(feed)}) {only} order by extract_id, line
        """
    ).fetchall()
    return [
        RejectedRow(extract_id, feed, file_name, file_format, sha256, line, column_name, reason, detail, raw_text, RejectState(state))
        for extract_id, file_name, file_format, sha256, line, column_name, reason, detail, raw_text, state in rows
    ]


def export_rejects(rows: Sequence[RejectedRow], archive: Archive, folder: Path) -> Iterator[Export]:
    """Write ``rows`` below ``folder``, one file an extract: its header, and the rows as they were delivered, byte for byte.

    The header comes from the archive. Names are those that the feed takes, so that a corrected file can be delivered as it is.
    """
    for _, group in groupby(rows, key=lambda row: row.extract_id):
        of_extract = list(group)
        first = of_extract[0]
        header: list[str] = []
        if _ENDINGS[first.file_format] == "csv":
            delivered = archive.of_source(first.feed.source_system).path_of_bytes(first.feed.name, first.sha256, first.file_format)
            try:
                header = _csv_header(delivered, first.feed)
            except FileNotFoundError:
                problem = "the archive does not have the file, so that its header is not known; take the rows from the file itself"
                yield Export(None, tuple(ExportedRow(row, 0) for row in of_extract), problem)
                continue
        path = _inside(folder, exported_name(first))
        make_private_folder(path.parent)
        texts = [*header, *(row.raw_text for row in of_extract)]
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_bytes(("\n".join(texts) + "\n").encode("utf-8" if is_utf8(first.feed.encoding) else first.feed.encoding))
        yield Export(path, tuple(_with_lines(header, of_extract)))


def make_private_folder(folder: Path) -> None:
    """Make ``folder`` and those above it that are not there yet, each for its owner alone. Such that are there stay as they are."""
    for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        missing.mkdir(mode=0o700)


def exported_name(row: RejectedRow) -> str:
    """The name, relative to a landing zone, under which the open rows of the extract of ``row`` are delivered again."""
    delivered = Path(row.file_name)
    ending = f".{row.file_format}"
    # A feed may declare its format, and have files named as they like.
    is_usual = delivered.name.lower().endswith(ending)
    stem = delivered.name[: -len(ending)] if is_usual else delivered.stem
    new_ending = f".{_ENDINGS[row.file_format]}" if is_usual else delivered.suffix or f".{_ENDINGS[row.file_format]}"
    # What stood within another feed's file comes back as a file of its own.
    of_another = row.feed.within is not None and not is_claimed(row.feed, row.file_name)
    folder = Path(delivered.parts[0]) / row.feed.name if of_another else delivered.parent
    return (folder / f"{stem}.rejects-{row.extract_id}{new_ending}").as_posix()


def _inside(folder: Path, relative: str) -> Path:
    path = (folder / relative).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ValueError(f"The ledger has a file named {relative!r}, which leads out of a folder; nothing is written there.")
    return path


def _csv_header(path: Path, feed: FeedDeclaration) -> list[str]:
    """The header of a delivered CSV file as it stands there: what has to stand before its rows."""
    seen: list[str] = []

    def remembered(lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            seen.append(line.rstrip("\r\n"))
            yield line

    encoding = "utf-8-sig" if is_utf8(feed.encoding) else feed.encoding
    is_gzip = path.name.endswith(".gz")
    with gzip.open(path, "rt", encoding=encoding, newline="") if is_gzip else path.open(encoding=encoding, newline="") as text:
        header_of(feed, remembered(text))
    return seen if feed.lines_before_header else list(dropwhile(lambda line: not line.strip(), seen))


def _with_lines(header: list[str], rows: list[RejectedRow]) -> Iterator[ExportedRow]:
    line = 1 + len(header)
    for row in rows:
        yield ExportedRow(row, line)
        line += row.raw_text.count("\n") + 1
