"""A small shop as it was after some days, for tests that change it and build it by period and by key."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.compiled_models import CompiledProject, compiled_project
from tests.support.dbt_runs import DbtRuns, dbt_runs
from tests.support.twin_builds import TwinBuilds, simulated_shop
from tests.support.warehouse import made_once


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return compiled_project(tmp_path_factory)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "shop_of_twin_builds", simulated_shop)


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory, project: CompiledProject) -> Iterator[DbtRuns]:
    with dbt_runs(project, tmp_path_factory.mktemp("dbt_runs") / "dbt") as runs:
        yield runs


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory, project: CompiledProject, dbt: DbtRuns, shop: Path) -> TwinBuilds:
    """The shop after ten days; to be copied, never changed."""
    return TwinBuilds.begun(project, dbt, tmp_path_factory.mktemp("beginning"), shop)
