"""The report of each refresh as an asset, unless it is switched off. Where it goes is publishing's, what it says the portal's."""

from typing import Any

import dagster as dg

from orchestration.assets.snapshot import PUBLISHED_KEY
from orchestration.resources import RefreshSettings
from orchestration.settings import MEMORY_LIMIT, report_language


def report_assets() -> list[dg.AssetsDefinition]:
    """One HTML file that can be mailed; nothing where no language is set for it."""
    language = report_language()
    if not language:
        return []

    @dg.asset(
        name="report",
        deps=[PUBLISHED_KEY],
        description="The newest month in one HTML file that opens from disk and can be mailed: headlines, families, what moved them.",
        group_name="published",
        kinds={"html"},
    )
    def report(refresh: RefreshSettings) -> dg.MaterializeResult[Any]:
        from orchestration.publishing.reports import publish_report

        file = publish_report(refresh.home.published, language=language, memory_limit=MEMORY_LIMIT.text)
        return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(file)})

    return [report]
