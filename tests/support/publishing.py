"""Publishes without a gate between: for tests that want a snapshot, whatever was checked."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from orchestration.publishing.announcing import DEFAULT_KEEP, PublishedSnapshot, announce_snapshot
from orchestration.publishing.building import build_snapshot
from orchestration.publishing.customer_key import CustomerKey


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
