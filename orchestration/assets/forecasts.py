"""What is foretold, as an asset: written after the models, before the snapshot is made. The statistics are orchestration.forecasting's."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from orchestration.assets.extracts import WAREHOUSE_POOL
from orchestration.forecasting.filling import fill
from orchestration.resources import RefreshSettings
from orchestration.runs.faults import retried_when_transient
from orchestration.settings import business_time_zone

FORECASTS_KEY = dg.AssetKey("forecasts")


def forecast_assets(mart_keys: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The rows of the marts that dbt makes without any, from all ``mart_keys``."""

    @dg.asset(
        key=FORECASTS_KEY,
        deps=list(mart_keys),
        description="Forecasts, their backtest and the hours to staff, written into the marts of the forecast family.",
        group_name="forecast",
        pool=WAREHOUSE_POOL,
        kinds={"python", "duckdb"},
    )
    def forecasts(context: dg.AssetExecutionContext, refresh: RefreshSettings) -> dg.MaterializeResult[Any]:
        with retried_when_transient(context):
            filled = fill(refresh.home.warehouse, time_zone=business_time_zone())
        for message in filled.messages:
            context.log.warning(message)
        return dg.MaterializeResult(metadata={"series": filled.series, "foretold_anew": filled.made_anew})

    return forecasts
