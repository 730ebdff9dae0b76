"""Fixtures of the KPI tests."""

from collections.abc import Iterable, Iterator, Mapping

import duckdb
import pytest

from tests.support.compiled_models import CompiledProject, compiled_project
from tests.unit.kpi import after_sales_shop, help_desk_shop, loyalty_shop, service_shop, voice_shop
from tests.unit.kpi.small_project import BuiltProject, build


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    """The project, compiled once."""
    return compiled_project(tmp_path_factory)


@pytest.fixture(scope="session")
def desk(project: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built help desk of family 2; nobody writes to it."""
    with help_desk_shop.built(project) as connection:
        yield connection


@pytest.fixture(scope="session")
def store(project: CompiledProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built shop of families 4 and 5; nobody writes to it."""
    with after_sales_shop.built(project, tmp_path_factory.mktemp("store")) as connection:
        yield connection


@pytest.fixture(scope="session")
def service(project: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built shop of families 3 and 6; nobody writes to it."""
    with service_shop.built(project) as connection:
        yield connection


@pytest.fixture(scope="session")
def voice(project: CompiledProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built shop of families 7 and 11; nobody writes to it."""
    with voice_shop.built(project, tmp_path_factory.mktemp("voice")) as connection:
        yield connection


@pytest.fixture(scope="session")
def returning(project: CompiledProject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The built shop of family 8; nobody writes to it."""
    with loyalty_shop.built(project, tmp_path_factory.mktemp("returning")) as connection:
        yield connection


@pytest.fixture(scope="module")
def built_project(tmp_path_factory: pytest.TempPathFactory) -> BuiltProject:
    """Builds a small dbt project, see ``small_project.build``."""

    def built(tables: Mapping[str, str], models: Mapping[str, str], own_files: Iterable[str]) -> duckdb.DuckDBPyConnection:
        return build(tmp_path_factory.mktemp("small_project"), tables, models, own_files)

    return built
