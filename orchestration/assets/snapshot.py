"""The snapshot as two assets: built for the gate to look at, and announced to readers once it has passed.

Building and announcing are orchestration.publishing's, the gate between them is orchestration.checks'.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from orchestration.accounting import record_row_accounting
from orchestration.assets.extracts import WAREHOUSE_POOL
from orchestration.automation import SNAPSHOT_FRESHNESS
from orchestration.project import dbt_manifest
from orchestration.publishing.announcing import announce
from orchestration.publishing.building import build
from orchestration.resources import RefreshSettings
from orchestration.runs.check_records import resolved_as_of
from orchestration.runs.faults import retried_when_transient
from orchestration.runs.last_failure import forget_failure
from orchestration.runs.open_alerts import tell_open_alerts
from orchestration.runs.unchanged import built_from
from orchestration.settings import business_time_zone

SNAPSHOT_KEY = dg.AssetKey("snapshot")
PUBLISHED_KEY = dg.AssetKey("published_snapshot")

_GROUP = "published"


def snapshot_assets(mart_keys: Sequence[dg.AssetKey]) -> list[dg.AssetsDefinition]:
    """The snapshot made from all marts, and the same once readers see it."""

    @dg.asset(
        key=SNAPSHOT_KEY,
        deps=list(mart_keys),
        description="A copy of the marts as readers will see it, under a name no reader looks at. The gate looks at this very file.",
        group_name=_GROUP,
        pool=WAREHOUSE_POOL,
        kinds={"duckdb", "parquet"},
    )
    def snapshot(context: dg.AssetExecutionContext, refresh: RefreshSettings) -> dg.MaterializeResult[Any]:
        home = refresh.home
        with retried_when_transient(context):
            # Counted first: the books are among what is published, and audited with it.
            as_of = resolved_as_of(home.warehouse)
            manifest = dbt_manifest(home.dbt_target)
            record_row_accounting(home.warehouse, manifest, run_id=context.run_id, as_of=as_of, time_zone=business_time_zone())
            anew = refresh.full or refresh.rebuild
            built = build(home, run_id=context.run_id, built_from=built_from(refresh), anew=anew)
        for message in built.messages:
            context.log.info(message)
        return dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(built.folder),
                "tables": len(built.draft.tables),
                "rows": sum(table.rows for table in built.draft.tables),
            }
        )

    @dg.asset(
        key=PUBLISHED_KEY,
        deps=[snapshot],
        description="The snapshot that passed the gate, under a version of its own; `current` points to it.",
        group_name=_GROUP,
        pool=WAREHOUSE_POOL,
        freshness_policy=SNAPSHOT_FRESHNESS,
        kinds={"duckdb", "parquet"},
    )
    def published_snapshot(context: dg.AssetExecutionContext, refresh: RefreshSettings) -> dg.MaterializeResult[Any]:
        with retried_when_transient(context):
            announced = announce(refresh.home, run_id=context.run_id)
        forget_failure(refresh.home)
        alerts, trouble = tell_open_alerts(refresh.home)
        for message in (*announced.messages, *alerts):
            context.log.info(message)
        if trouble:
            context.log.warning(trouble)
        return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(announced.path), "pruned": ", ".join(announced.pruned)})

    return [snapshot, published_snapshot]
