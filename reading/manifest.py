"""The ``manifest.json`` beside each snapshot: what it holds, from which run, and how to tell that it is whole.

Until a snapshot is announced, ``building.json`` stands there in its place.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from reading.errors import DamagedSnapshot

DRAFT_FILE = "building.json"
MANIFEST_FILE = "manifest.json"
DATABASE_FILE = "marts.duckdb"
PARQUET_FOLDER = "parquet"


# What changes whenever a file is touched: its inode, its size, and when it or what is said of it was last changed.
Stamp = tuple[int, int, int]

# The coarsest step in which a file system with hard links tells time.
_CLOCK_STEP_NS = 1_000_000_000


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnEntry(_Part):
    """A published column."""

    name: str
    type: str


class PartEntry(_Part):
    """Some rows of a published table, and the Parquet file that has them. A file may be shared with older snapshots."""

    part: str
    rows: int
    # The sum of DuckDB's hash over the published rows; empty until the snapshot is audited.
    row_hashes: str
    file: str
    bytes: int
    sha256: str
    written_in: str


class TableEntry(_Part):
    """A published table.

    Where ``parts_by`` names a column, its month says in which part a row is, unless the row bears ``as_of``; and where ``parts_also_by``
    names one, its value too. Quarters and years, where a column ``period_grain`` says so, are in a part by year.
    """

    schema_name: str
    name: str
    rows: int
    columns: tuple[ColumnEntry, ...]
    parts_by: str | None
    parts_also_by: str | None = None
    parts: tuple[PartEntry, ...]

    @property
    def full_name(self) -> str:
        """``schema.table``, for people."""
        return f"{self.schema_name}.{self.name}"

    @property
    def types(self) -> dict[str, str]:
        """Its columns, in order, with their types."""
        return {column.name: column.type for column in self.columns}


class DatabaseEntry(_Part):
    """The DuckDB file."""

    file: str
    bytes: int
    sha256: str
    storage_version: str

    @classmethod
    def of(cls, file: Path, storage_version: str, *, is_read: bool = True) -> Self:
        """The entry of ``file`` as it is now. Of one that is not read nothing but its stamp can tell that it is the same."""
        sha256 = file_sha256(file) if is_read else ""
        return cls(file=file.name, bytes=file.stat().st_size, sha256=sha256, storage_version=storage_version)


class CheckCounts(_Part):
    """How the checks of the run ended. No critical one failed, else there would be no snapshot."""

    passed: int
    warnings: int


class HeadlineEntry(_Part):
    """One KPI of the newest complete month, over everything."""

    kpi_id: str
    name: str
    unit: str
    value: float | None
    target: float | None
    previous: float | None
    change: float | None
    change_kind: Literal["points", "relative"]
    status: Literal["on_target", "off_target", "no_target"]
    period: date


class AlertEntry(_Part):
    """A KPI that is off on the newest day that was judged: how far, since when, and which member it comes from."""

    kpi_id: str
    name: str
    unit: str
    level: Literal["notice", "warning", "critical"]
    side: Literal["above", "below"]
    value: float
    expected_low: float
    expected_high: float
    since: date
    judged_on: date
    driver_dimension: str | None = None
    driver_member: str | None = None

    @property
    def driver(self) -> str | None:
        """The member it comes from, for people."""
        return f"{self.driver_dimension} {self.driver_member}" if self.driver_dimension else None


class _Snapshot(_Part):
    format: Literal[2] = 2
    version: str
    created_at: datetime
    as_of: datetime | None
    run_id: str
    business_time_zone: str
    customer_key_id: str
    duckdb_version: str
    built_from: str = ""
    database: DatabaseEntry
    headline: tuple[HeadlineEntry, ...]
    alerts: tuple[AlertEntry, ...] = ()
    tables: tuple[TableEntry, ...]
    # Files as they stood when they were known to be what was written; what has been touched since is read again.
    at_rest: Mapping[str, Stamp] = {}

    def write(self, file: Path) -> None:
        """Write it as ``file``, which is then there in whole or not at all."""
        unfinished = file.with_name(f".{file.name}")
        unfinished.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
        unfinished.replace(file)

    @property
    def files(self) -> list[DatabaseEntry | PartEntry]:
        """Every file that the snapshot has beside this record."""
        return [self.database, *(part for table in self.tables for part in table.parts)]

    def changed_files(self, folder: Path, *, at_rest: Mapping[str, Stamp] | None = None) -> list[str]:
        """Which files in ``folder`` are not byte for byte what was written, as one line a fault.

        Reads them all, but for those that nobody has touched since they were ``at_rest``.
        """
        faults: list[str] = []
        for entry in self.files:
            file = folder / entry.file
            if not file.exists():
                faults.append(f"{entry.file} is missing.")
            elif (at_rest or {}).get(entry.file) != stamp(file) and file_sha256(file) != entry.sha256:
                faults.append(f"{entry.file} is not the file that was written.")
        return faults


class SnapshotDraft(_Snapshot):
    """Everything ``building.json`` says: what was built, before anybody has checked it."""


class SnapshotManifest(_Snapshot):
    """Everything ``manifest.json`` says."""

    checks: CheckCounts


def read_manifest(snapshot_folder: Path) -> SnapshotManifest:
    """The manifest of the snapshot in ``snapshot_folder``.

    Raises ``FileNotFoundError`` when there is none and ``DamagedSnapshot`` when it cannot be understood or belongs
    to another snapshot.
    """
    manifest_file = snapshot_folder / MANIFEST_FILE
    try:
        manifest = SnapshotManifest.model_validate_json(manifest_file.read_bytes())
    except ValidationError as error:
        raise DamagedSnapshot(
            f"{manifest_file} cannot be understood ({error.error_count()} faults). Run aftersales refresh again."
        ) from error
    if manifest.version != snapshot_folder.name:
        raise DamagedSnapshot(f"{manifest_file} belongs to snapshot {manifest.version}. Run aftersales refresh again.")
    return manifest


def read_draft(folder: Path) -> SnapshotDraft | None:
    """What was built in ``folder``, or None where building did not come to its end."""
    try:
        return SnapshotDraft.model_validate_json((folder / DRAFT_FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def stamp(file: Path) -> Stamp:
    """The stamp of ``file`` as it is now."""
    told = file.stat()
    return told.st_ino, told.st_size, told.st_ctime_ns


def stamps_at_rest(folder: Path, files: Iterable[str]) -> dict[str, Stamp]:
    """The stamps of those ``files`` in ``folder`` that were last touched so long ago that whatever touches them from now on shows in it."""
    now = time.time_ns()
    stamps = {file: stamp(folder / file) for file in files}
    return {file: found for file, found in stamps.items() if now - found[2] > _CLOCK_STEP_NS}


def comes_to_rest(file: Path) -> bool:
    """Wait, for a second at most, until whatever touches ``file`` shows in its stamp. False where the disk's clock is ahead of ours."""
    remaining = stamp(file)[2] + _CLOCK_STEP_NS - time.time_ns()
    if remaining > _CLOCK_STEP_NS:
        return False
    time.sleep(max(0, remaining) / 1e9 + 0.001)
    return bool(stamps_at_rest(file.parent, [file.name]))


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
