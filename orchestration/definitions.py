"""Assembles the code location: assets, checks, job, schedule, sensors. Reads the declarations and the manifest, no data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.assets.extracts import feed_key, source_assets
from orchestration.assets.models import model_assets
from orchestration.assets.snapshot import snapshot_assets
from orchestration.automation import failure_notice, new_extracts_sensor, nightly_schedule, refresh_job
from orchestration.checks.suites import ALL_COLUMNS, inbound_checks, outbound_checks
from orchestration.home import MODELS_FOLDER, Home
from orchestration.loading import SourceDeclaration, read_declarations
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
    marts = _marts(manifest_path)
    mart_names = {mart["name"] for mart in marts}
    job = refresh_job()
    return dg.Definitions(
        assets=[
            *(source_assets(source) for source in sources),
            models,
            *snapshot_assets(sorted((key for key in models.keys if key.path[-1] in mart_names), key=dg.AssetKey.to_user_string)),
        ],
        asset_checks=[inbound_checks(_feed_subjects(sources)), outbound_checks(_published_subjects(marts))],
        jobs=[job],
        schedules=[nightly_schedule(job)],
        sensors=[new_extracts_sensor(job, sources), failure_notice()],
        resources={"refresh": RefreshSettings(), "dbt": dbt_command_line(home)},
    )


def _feed_subjects(sources: list[SourceDeclaration]) -> dict[str, dg.AssetKey]:
    return {f"raw.{source.name}__{feed.name}": feed_key(source.name, feed.name) for source in sources for feed in source.feeds.values()}


def _marts(manifest_path: Path) -> list[dict[str, Any]]:
    """Every model under models/marts, as the manifest has it."""
    nodes: dict[str, dict[str, Any]] = json.loads(manifest_path.read_text(encoding="utf-8"))["nodes"]
    return [node for node in nodes.values() if node["resource_type"] == "model" and node["path"].startswith("marts/")]


def _published_subjects(marts: list[dict[str, Any]]) -> list[str]:
    """The tables of a snapshot that the outbound suites speak of."""
    published = [mart for mart in marts if mart["config"].get("meta", {}).get("publish") != "never"]
    return [*(f"{mart['schema']}.{mart['name']}" for mart in published), *(entry.table.full_name for entry in RECORDS), ALL_COLUMNS]
