"""The ``manifest.json`` beside each snapshot: what it holds, from which run, and how to tell that it is whole."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from orchestration.publishing.errors import DamagedSnapshot

MANIFEST_FILE = "manifest.json"
DATABASE_FILE = "marts.duckdb"
PARQUET_FOLDER = "parquet"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnEntry(_Part):
    """A published column."""

    name: str
    type: str


class TableEntry(_Part):
    """A published table and its Parquet file."""

    schema_name: str
    name: str
    rows: int
    columns: tuple[ColumnEntry, ...]
    parquet_file: str
    parquet_bytes: int
    parquet_sha256: str


class DatabaseEntry(_Part):
    """The DuckDB file."""

    file: str
    bytes: int
    sha256: str
    storage_version: str


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


class SnapshotManifest(_Part):
    """Everything ``manifest.json`` says."""

    format: Literal[1] = 1
    version: str
    created_at: datetime
    as_of: datetime | None
    run_id: str
    business_time_zone: str
    customer_key_id: str
    duckdb_version: str
    database: DatabaseEntry
    checks: CheckCounts
    headline: tuple[HeadlineEntry, ...]
    tables: tuple[TableEntry, ...]


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
