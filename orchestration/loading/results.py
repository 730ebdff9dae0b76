"""What a load reports: one result an extract, one summary a source. Holds facts and messages, never a row's values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from orchestration.loading.discovery import FileState, printable


class Status(StrEnum):
    """What became of an extract, as the ledger says it."""

    LOADED = "loaded"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


class Refusal(Exception):
    """An extract that cannot be taken as a whole. ``reason`` is a fixed word, the message is for people."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message

    @classmethod
    def of_all(cls, faults: Sequence[Refusal]) -> Refusal:
        """One refusal that names all of several faults, each once; its reason is that of the first."""
        return cls(faults[0].reason, "; also: ".join(dict.fromkeys(fault.message for fault in faults)))


# From the first quote to the last, or to the end: a value may hold quotes of its own, and lines.
_QUOTED = re.compile(r"'(?:.*'|.*$)|\"(?:.*\"|.*$)")


def in_plain_words(error: Exception) -> str:
    """The first line of an error of the engine, without what it quotes: a value that did not convert may be a customer's."""
    return printable(_QUOTED.sub("'…'", next(iter(str(error).strip().splitlines()), type(error).__name__)))


class StillChanging(Exception):
    """The file changed or vanished while it was read: nothing of it is kept, the next run tries again."""


@dataclass(frozen=True)
class ExtractResult:
    """One row of ``raw.extract_ledger``."""

    extract_id: int
    run_id: str
    source_system: str
    feed: str
    file_name: str
    file_format: str
    sha256: str | None
    byte_count: int
    status: Status
    refusal_reason: str | None
    message: str
    rows_read: int
    rows_accepted: int
    rows_rejected: int
    unknown_columns: tuple[str, ...]
    started_at: datetime
    finished_at: datetime
    # When its bytes came first, where they were refused then.
    first_delivered_at: datetime | None = None
    # What has to be told of a loaded extract beside its rejects and unknown columns.
    warning: str | None = None
    # Beside those that were read: rows that the declaration says are none of the feed.
    rows_left_out: int = 0
    # A refused file is tried again on every run and listed once: true when the ledger had this refusal already.
    is_repeated: bool = False


@dataclass
class SourceLoad:
    """What one run did with one source."""

    source_system: str
    extracts: list[ExtractResult] = field(default_factory=list[ExtractResult])
    # The numbers of those that came from the archive.
    loaded_again: set[int] = field(default_factory=set[int])
    # Files that were handled by an earlier run and have not changed since.
    known_files: int = 0
    # Files left for the next run, each with the reason (still being written, vanished).
    left_for_next_run: dict[str, str] = field(default_factory=dict[str, str])
    # Files that were handled and still lie in the landing zone, as they were when they were handled; None: cannot be looked at.
    files_left: dict[str, FileState | None] = field(default_factory=dict[str, FileState | None])
    # Loaded files that the archive lacks, each with the reason.
    not_archived: dict[str, str] = field(default_factory=dict[str, str])
    # Files below the source's folder that no feed claims, each with what keeps it out.
    unclaimed_files: dict[Path, str] = field(default_factory=dict[Path, str])

    @property
    def warnings(self) -> list[str]:
        """What somebody should look at, in plain words, one line each."""
        lines = [
            f"{extract.file_name}: the columns {', '.join(repr(name) for name in extract.unknown_columns)} are not declared for feed "
            f"'{extract.feed}' and were kept out; declare them to load them from the next extract on"
            for extract in self.extracts
            if extract.unknown_columns and extract.status is Status.LOADED
        ]
        lines += [f"{extract.file_name}: {extract.message}" for extract in self.extracts if extract.rows_rejected or extract.refusal_reason]
        lines += [f"{extract.file_name}: {extract.warning}" for extract in self.extracts if extract.warning]
        lines += [f"{name}: {reason}" for name, reason in self.not_archived.items()]
        return lines + self.unclaimed

    @property
    def unclaimed(self) -> list[str]:
        """What lies in the source's folder and is nobody's, one line each."""
        return [f"{printable(str(path))}: {reason}" for path, reason in self.unclaimed_files.items()]
