"""An asset per feed: the accepted rows of its extracts in ``raw``. The loading itself is orchestration.loading's."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import duckdb

from orchestration.connections import connected
from orchestration.loading import (
    ExtractResult,
    SourceDeclaration,
    SourceLoad,
    identify_customers,
    load_source,
    merge_new_extracts,
    prepare_raw,
)
from orchestration.loading.landed_files import note_landed_files
from orchestration.loading.rereading import forget_what_is_read_otherwise, told_of_rereading
from orchestration.loading.retention import remove_superseded
from orchestration.publishing.customer_key import customer_key
from orchestration.resources import RefreshSettings
from orchestration.runs.check_records import prepare_quality
from orchestration.runs.faults import retried_when_transient
from orchestration.settings import archive_days

WAREHOUSE_POOL = "warehouse"


def feed_key(source_name: str, feed_name: str) -> dg.AssetKey:
    """The asset key of a feed: the one dagster-dbt gives its dbt source table."""
    return dg.AssetKey([source_name, feed_name])


def source_assets(source: SourceDeclaration) -> dg.AssetsDefinition:
    """The assets of one source system's feeds, loaded in one step: a feed is one table, a file one transaction."""
    specs = [
        dg.AssetSpec(feed_key(source.name, feed.name), description=feed.description, group_name=f"extracts_{source.name}", kinds={"duckdb"})
        for feed in source.feeds.values()
    ]

    @dg.multi_asset(name=f"load_{source.name}", specs=specs, pool=WAREHOUSE_POOL)
    def load(context: dg.AssetExecutionContext, refresh: RefreshSettings) -> Iterator[dg.MaterializeResult[Any]]:
        is_selected = not refresh.sources or source.name in refresh.sources
        results: list[ExtractResult] = []

        def note(result: ExtractResult) -> None:
            results.append(result)
            if result.status == "refused":
                context.log.warning(result.message)

        with retried_when_transient(context), connected(refresh.home.warehouse) as connection:
            archive = refresh.archive.of_source(source.name)
            rereads = forget_what_is_read_otherwise(connection, source, archive) if is_selected else []
            prepare_raw(connection, {source.name: source})
            prepare_quality(connection)
            if is_selected:
                loaded = _load(connection, source, refresh, run_id=context.run_id, on_extract=note)
                for line in told_of_rereading(rereads, loaded):
                    context.log.warning(line)
                for name, reason in (loaded.left_for_next_run | loaded.not_archived).items():
                    context.log.warning(f"{name}: {reason}")
                for line in loaded.unclaimed:
                    context.log.warning(line)
            else:
                # What an earlier run loaded and did not come to merge is read by this run too.
                merge_new_extracts(connection, source)
                _identify(connection, source, refresh)
        for feed in source.feeds.values():
            yield dg.MaterializeResult(
                asset_key=feed_key(source.name, feed.name),
                metadata=_feed_metadata([result for result in results if result.feed == feed.name], is_selected=is_selected),
            )

    return load


def _load(
    connection: duckdb.DuckDBPyConnection,
    source: SourceDeclaration,
    refresh: RefreshSettings,
    *,
    run_id: str,
    on_extract: Callable[[ExtractResult], None],
) -> SourceLoad:
    """Load what has landed, note for the sensor what still lies there, and thin the archive out."""
    landing, archive = refresh.landing_folder, refresh.archive
    loaded = load_source(connection, source, landing, run_id=run_id, on_extract=on_extract, archive=archive)
    _identify(connection, source, refresh)
    note_landed_files(refresh.home.landed_note(source.name), landing, loaded.files_left)
    days = archive_days()
    if days is not None:
        now = datetime.now(UTC).replace(tzinfo=None)
        remove_superseded(connection, source, archive.of_source(source.name), now=now, days=days)
    return loaded


def _identify(connection: duckdb.DuckDBPyConnection, source: SourceDeclaration, refresh: RefreshSettings) -> None:
    """The customer key is asked for, and made at the first time, only where there are customers to recognise."""
    identify_customers(connection, source, customer_key(refresh.home.customer_key_file) if source.customer_feeds else None)


def _feed_metadata(results: list[ExtractResult], *, is_selected: bool) -> dict[str, int | bool | str]:
    return {
        "selected": is_selected,
        "files": len(results),
        "files_refused": sum(result.status == "refused" for result in results),
        "rows_read": sum(result.rows_read for result in results),
        "rows_accepted": sum(result.rows_accepted for result in results),
        "rows_rejected": sum(result.rows_rejected for result in results),
    }
