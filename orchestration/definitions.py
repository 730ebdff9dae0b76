"""Assembles the code location: assets, checks, job, schedule, sensors. Reads the declarations and the manifest, no data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dagster as dg

from orchestration.assets.extracts import feed_key, source_assets
from orchestration.assets.forecasts import FORECASTS_KEY, forecast_assets
from orchestration.assets.models import model_assets
from orchestration.assets.replica import replica_assets
from orchestration.assets.report import report_assets
from orchestration.assets.snapshot import snapshot_assets
from orchestration.automation import failure_notice, new_extracts_sensor, nightly_schedule, refresh_job
from orchestration.checks.suites import ALL_COLUMNS, inbound_checks, outbound_checks
from orchestration.home import Home
from orchestration.loading import SourceDeclaration, read_declarations
from orchestration.project import MODELS_FOLDER, Relation, dbt_manifest
from orchestration.publishing.quality_tables import RECORDS
from orchestration.resources import RefreshSettings
from orchestration.runs.dagster_on_sqlite import keep_connections_open
from orchestration.runs.dbt_command_line import dbt_command_line, parsed_manifest


@dg.definitions
def defs() -> dg.Definitions:
    """The code location for the home that ``AFTERSALES_HOME`` names."""
    return build_definitions(Home.from_environment().create())


def build_definitions(home: Home) -> dg.Definitions:
    """All definitions for ``home``. Parses the dbt project when it changed; opens no database."""
    keep_connections_open()
    sources = list(read_declarations(MODELS_FOLDER).values())
    manifest_path = parsed_manifest(home)
    models = model_assets(home, manifest_path)
    manifest = dbt_manifest(home.dbt_target)
    marts = manifest.marts
    mart_names = {mart.name for mart in marts}
    mart_keys = sorted((key for key in models.keys if key.path[-1] in mart_names), key=dg.AssetKey.to_user_string)
    job = refresh_job()
    return dg.Definitions(
        assets=[
            *(source_assets(source) for source in sources),
            *_tables_of_the_loader(sources, manifest.sources),
            models,
            forecast_assets(mart_keys),
            *snapshot_assets([*mart_keys, FORECASTS_KEY]),
            *report_assets(),
            *replica_assets(),
        ],
        asset_checks=[inbound_checks(_feed_subjects(sources)), outbound_checks(_published_subjects(marts))],
        jobs=[job],
        schedules=[nightly_schedule(job)],
        sensors=[new_extracts_sensor(job, sources), failure_notice()],
        resources={"refresh": RefreshSettings(), "dbt": dbt_command_line(home)},
    )


def _tables_of_the_loader(sources: Sequence[SourceDeclaration], tables: Mapping[str, Relation]) -> list[dg.AssetSpec]:
    """What dbt reads from the loader beside the feeds: made with them, and shown under a name of its own."""
    feeds = {f"{source.name}.{feed}" for source in sources for feed in source.feeds}
    return [
        dg.AssetSpec(feed_key(*name.split(".", 1)), group_name="extracts_loader", description=table.description, kinds={"duckdb"})
        for name, table in tables.items()
        if name not in feeds
    ]


def _feed_subjects(sources: list[SourceDeclaration]) -> dict[str, dg.AssetKey]:
    return {f"raw.{source.name}__{feed.name}": feed_key(source.name, feed.name) for source in sources for feed in source.feeds.values()}


def _published_subjects(marts: Sequence[Relation]) -> list[str]:
    """The tables of a snapshot that the outbound suites speak of."""
    published = [mart for mart in marts if mart.meta.get("publish") != "never"]
    return [*(mart.subject for mart in published), *(entry.table.full_name for entry in RECORDS), ALL_COLUMNS]
