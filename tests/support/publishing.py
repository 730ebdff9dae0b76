"""Publishes without a gate between: for tests that want a snapshot, whatever was checked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from orchestration.home import Home
from orchestration.publishing.announcing import DEFAULT_KEEP, PublishedSnapshot, announce_snapshot
from orchestration.publishing.building import build_snapshot
from orchestration.publishing.customer_key import CustomerKey
from reading.manifest import MANIFEST_FILE, AlertEntry, CheckCounts, DatabaseEntry, SnapshotManifest


def publish_snapshot(
    *,
    warehouse: Path,
    dbt_manifest: Path,
    published: Path,
    key: CustomerKey,
    run_id: str,
    created_at: datetime,
    time_zone: str,
    keep: int = DEFAULT_KEEP,
) -> PublishedSnapshot:
    """Build a snapshot and announce it, as those steps of a refresh do."""
    build_snapshot(
        warehouse=warehouse,
        dbt_manifest=dbt_manifest,
        published=published,
        key=key,
        run_id=run_id,
        created_at=created_at,
        time_zone=time_zone,
    )
    return announce_snapshot(warehouse=warehouse, published=published, run_id=run_id, keep=keep)


def publish_empty_snapshot(home: Home, *alerts: AlertEntry, run_id: str = "run") -> None:
    """Announce a snapshot that holds a manifest and no table."""
    version = f"v{len(list(home.published.glob('v*'))) + 1:06}"
    folder = home.published / version
    folder.mkdir(parents=True)
    SnapshotManifest(
        version=version,
        created_at=datetime(2025, 12, 8, tzinfo=UTC),
        as_of=None,
        run_id=run_id,
        business_time_zone="Asia/Shanghai",
        customer_key_id="key",
        duckdb_version="2.0.0",
        database=DatabaseEntry(file="marts.duckdb", bytes=0, sha256="", storage_version=""),
        headline=(),
        alerts=alerts,
        tables=(),
        checks=CheckCounts(passed=0, warnings=0),
    ).write(folder / MANIFEST_FILE)
    current = home.published / "current"
    current.unlink(missing_ok=True)
    current.symlink_to(version)
