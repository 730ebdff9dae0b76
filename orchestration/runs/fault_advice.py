"""What kind of fault an error is, and what a person can do about it. Reads messages, touches nothing.

Steps of a refresh are other processes and other libraries, so an error often arrives as text. Its kind is told by words that
the operating system, DuckDB and SQLite use; what is not known here is shown as it is.
"""

from __future__ import annotations

import errno
import getpass
import shutil
from enum import StrEnum

from orchestration.home import Home
from orchestration.settings import MEMORY_LIMIT


class FaultKind(StrEnum):
    """The faults that a refresh knows how to advise on."""

    DISK_FULL = "disk_full"
    DISK_ERROR = "disk_error"
    FORBIDDEN = "forbidden"
    HELD = "held"
    STALE_LOG = "stale_log"
    DAMAGED = "damaged"
    RECORDS_DAMAGED = "records_damaged"
    RECORDS_CLOSED = "records_closed"
    NO_MEMORY = "no_memory"
    KILLED = "killed"
    UNKNOWN = "unknown"


_KIND_OF_ERROR_NUMBER = {
    errno.ENOSPC: FaultKind.DISK_FULL,
    errno.EDQUOT: FaultKind.DISK_FULL,
    errno.EFBIG: FaultKind.DISK_FULL,
    errno.EACCES: FaultKind.FORBIDDEN,
    errno.EPERM: FaultKind.FORBIDDEN,
    errno.EROFS: FaultKind.FORBIDDEN,
    errno.ENOMEM: FaultKind.NO_MEMORY,
}

# How a refresh begins its message when Dagster's storage did not open.
RECORDS_DO_NOT_OPEN = "Dagster cannot open its records"

# In the order in which they are looked for: a full disk also shows as a file that could not be read to its end, and whatever a
# PostgreSQL server says of its own disk and its own rights is no matter of this machine.
_KIND_OF_PHRASE = {
    "psycopg2.": FaultKind.RECORDS_CLOSED,
    "too many retries for db": FaultKind.RECORDS_CLOSED,
    "no space left on device": FaultKind.DISK_FULL,
    "disk quota exceeded": FaultKind.DISK_FULL,
    "file too large": FaultKind.DISK_FULL,
    "database or disk is full": FaultKind.DISK_FULL,
    "disk i/o error": FaultKind.DISK_ERROR,
    "could not set lock on file": FaultKind.HELD,
    "conflicting lock is held": FaultKind.HELD,
    "permission denied": FaultKind.FORBIDDEN,
    "operation not permitted": FaultKind.FORBIDDEN,
    "read-only file system": FaultKind.FORBIDDEN,
    "attempt to write a readonly database": FaultKind.FORBIDDEN,
    "unable to open database file": FaultKind.FORBIDDEN,
    "wal does not match database file": FaultKind.STALE_LOG,
    "wal checkpoint iteration does not match": FaultKind.STALE_LOG,
    "failure while replaying wal": FaultKind.DAMAGED,
    "corrupt database file": FaultKind.DAMAGED,
    "not a valid duckdb database file": FaultKind.DAMAGED,
    "could not read enough bytes": FaultKind.DAMAGED,
    # SQLite's words. DuckDB has others for a file of its own.
    "database disk image is malformed": FaultKind.RECORDS_DAMAGED,
    "file is not a database": FaultKind.RECORDS_DAMAGED,
    "out of memory error": FaultKind.NO_MEMORY,
    "cannot allocate memory": FaultKind.NO_MEMORY,
    "exit code -9": FaultKind.KILLED,
    "exit code 137": FaultKind.KILLED,
    RECORDS_DO_NOT_OPEN.lower(): FaultKind.RECORDS_CLOSED,
}

# SQLite says "disk I/O error" of a disk on which it finds no room for its lock file.
_NEXT_TO_NO_BYTES = 16 << 20


def kind_of(error: BaseException | str) -> FaultKind:
    """The kind of an error, by its number where it has one, else by its words."""
    if isinstance(error, OSError) and error.errno in _KIND_OF_ERROR_NUMBER:
        return _KIND_OF_ERROR_NUMBER[error.errno]
    if isinstance(error, MemoryError):
        return FaultKind.NO_MEMORY
    words = str(error).lower()
    return next((kind for phrase, kind in _KIND_OF_PHRASE.items() if phrase in words), FaultKind.UNKNOWN)


def advice(kind: FaultKind, home: Home) -> str | None:  # noqa: PLR0911 - one kind of fault a line
    """What to do about a fault that a refresh of ``home`` met, as a few sentences; None when nothing special is known."""
    match kind:
        case FaultKind.DISK_FULL:
            return (
                f"The disk is full: {_free_space(home)}. Free some space, then run the refresh again; it goes on from what is loaded. "
                "AFTERSALES_KEEP_SNAPSHOTS says how many old snapshots are kept."
            )
        case FaultKind.DISK_ERROR:
            if _has_next_to_no_room(home):
                return advice(FaultKind.DISK_FULL, home)
            return (
                f"The disk answered with an error; {_free_space(home)}. Have it checked (dmesg tells more), then run the refresh again; it "
                "goes on from what is loaded."
            )
        case FaultKind.FORBIDDEN:
            return (
                f"The user {_user()} may not read or write what the message names. Give it back to the user that runs the refresh "
                f"(chown -R {_user()} {home.root}; if the disk was made read-only, have it checked), then run the refresh again."
            )
        case FaultKind.HELD:
            return (
                f"Another program has {home.warehouse} open and keeps everybody else out; the message names its process. Close it, then "
                f"run the refresh again. Whoever reads should open {home.published}/current instead, which is never locked."
            )
        case FaultKind.STALE_LOG:
            log = f"{home.warehouse.name}.wal"
            return (
                f"{log} was written for another state of {home.warehouse.name}. If the warehouse was put back from a backup, move "
                f"{log} away and run the refresh again: what it held is loaded again. Else run: aftersales rebuild --home {home.root}"
            )
        case FaultKind.DAMAGED:
            return (
                f"The file {home.warehouse} is damaged, and readers still see the last good snapshot. Build it anew from the archived "
                f"extracts: aftersales rebuild --home {home.root}"
            )
        case FaultKind.RECORDS_DAMAGED:
            return (
                f"Dagster's records in {home.dagster} are damaged; the warehouse and the snapshots are untouched. Stop the daemon and the "
                f"web page if they run, move the folder aside (mv {home.dagster} {home.dagster}.damaged), put its dagster.yaml back if you "
                "ever changed it, and run the refresh again: runs and their history start anew."
            )
        case FaultKind.RECORDS_CLOSED:
            return (
                f"The warehouse and the snapshots are untouched. {home.dagster / 'dagster.yaml'} says where Dagster keeps its records. If "
                "that is PostgreSQL, check that its server runs and lets this user in, and that AFTERSALES_DAGSTER_POSTGRES_URL is set "
                "to its address, then run the refresh again."
            )
        case FaultKind.NO_MEMORY:
            return (
                "The machine has too little memory for what DuckDB may take. Set AFTERSALES_MEMORY_LIMIT to about half of the machine's "
                f"memory (now, if unset, {MEMORY_LIMIT.default}), or end what else runs there, then run the refresh again."
            )
        case FaultKind.KILLED:
            return (
                "A step was killed from outside, most often because the machine ran out of memory (dmesg tells). "
                "Set AFTERSALES_MEMORY_LIMIT lower, then run the refresh again."
            )
        case FaultKind.UNKNOWN:
            return None


def _has_next_to_no_room(home: Home) -> bool:
    room = _bytes_free_of(home)
    return room is not None and room[0] < _NEXT_TO_NO_BYTES


def _free_space(home: Home) -> str:
    room = _bytes_free_of(home)
    if room is None:
        return f"see df {home.root}"
    free, total = room
    return f"{free / 1e6:,.0f} MB of {total / 1e6:,.0f} MB are free where {home.root} is"


def _bytes_free_of(home: Home) -> tuple[int, int] | None:
    """Free bytes and all bytes of the disk that the home is on; None when it cannot be asked."""
    try:
        usage = shutil.disk_usage(home.root)
    except OSError:
        return None
    return usage.free, usage.total


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "of this process"
