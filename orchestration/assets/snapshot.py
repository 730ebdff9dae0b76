"""The published snapshot as an asset: what passed the gate, copied for readers. The publishing itself is orchestration.publishing's."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from orchestration.assets.extracts import WAREHOUSE_POOL
from orchestration.automation import SNAPSHOT_FRESHNESS
from orchestration.publishing.snapshot import publish
from orchestration.resources import RefreshSettings
from orchestration.runs.faults import retried_when_transient


def snapshot_asset(mart_keys: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The snapshot readers see, made from all marts once their blocking checks have passed."""

    @dg.asset(
        name="published_snapshot",
        deps=list(mart_keys),
        description="A read-only copy of the marts under a version of its own; `current` points to it.",
        group_name="published",
        pool=WAREHOUSE_POOL,
        freshness_policy=SNAPSHOT_FRESHNESS,
        kinds={"duckdb", "parquet"},
    )
    def published_snapshot(context: dg.AssetExecutionContext, refresh: RefreshSettings) -> dg.MaterializeResult[Any]:
        with retried_when_transient(context):
            snapshot = publish(refresh.home, run_id=context.run_id)
        for message in snapshot.messages:
            context.log.info(message)
        return dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(snapshot.path),
                "tables": len(snapshot.manifest.tables),
                "rows": sum(table.rows for table in snapshot.manifest.tables),
                "pruned": ", ".join(snapshot.pruned),
            }
        )

    return published_snapshot
