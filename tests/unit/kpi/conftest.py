"""Fixtures of the KPI tests."""

from collections.abc import Iterable, Mapping

import duckdb
import pytest

from tests.unit.kpi.small_project import BuiltProject, build


@pytest.fixture(scope="module")
def built_project(tmp_path_factory: pytest.TempPathFactory) -> BuiltProject:
    """Builds a small dbt project, see ``small_project.build``."""

    def built(tables: Mapping[str, str], models: Mapping[str, str], own_files: Iterable[str]) -> duckdb.DuckDBPyConnection:
        return build(tmp_path_factory.mktemp("small_project"), tables, models, own_files)

    return built
