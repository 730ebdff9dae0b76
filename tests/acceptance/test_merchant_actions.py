"""The merchant that declines is to be rectified, and no merchant that serves as it always did.

The suite takes one shop. AFTERSALES_DECLINE_SEEDS asks for more of them, and says the rates: some ten seconds of CPU each.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from shop_simulator.declining import DECLINING, write_declining_shop
from tests.support.compiled_models import CompiledProject, build, compiled_project, load, models_behind, new_warehouse

SEEDS = range(1, 1 + int(os.environ.get("AFTERSALES_DECLINE_SEEDS", "1")))
FIRST_MONTH = datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return compiled_project(tmp_path_factory)


def actions(project: CompiledProject, folder: Path, seed: int) -> list[tuple[str, str, str]]:
    """Merchant, month and action, of every whole month of a shop."""
    write_declining_shop(folder / "landing", first_month=FIRST_MONTH, seed=seed)
    warehouse = new_warehouse(project, folder / "warehouse.duckdb")
    load(warehouse, folder / "landing")
    build(project, warehouse, models_behind(project, ["kpi_merchant_actions"]))
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(
            "select replace(merchant_key, 'contract:', ''), strftime(month_on, '%m'), merchant_action from quality.kpi_merchant_actions"
        ).fetchall()


def test_the_declining_merchant_is_rectified_and_no_stable_one(project: CompiledProject, tmp_path: Path) -> None:
    found = {seed: actions(project, tmp_path / str(seed), seed) for seed in SEEDS}
    caught = [seed for seed, rows in found.items() if (DECLINING, "06", "rectify") in rows]
    wronged = [
        (seed, *row) for seed, rows in found.items() for row in rows if row[2] == "rectify" and (row[0] != DECLINING or row[1] < "05")
    ]
    judged = sum(row[0] != DECLINING for rows in found.values() for row in rows)
    print(f"rectified in the sixth month: {len(caught)} of {len(found)}; stable merchants wronged in {len(wronged)} of {judged} months")
    assert caught == list(SEEDS)
    assert wronged == []
    assert judged == 11 * 6 * len(found)
