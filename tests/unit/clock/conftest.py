"""The clock's models, compiled once for all tests of a run."""

import pytest

from tests.support.compiled_models import CompiledModel, compiled_project
from tests.support.ticket_clock import clock_models_of


@pytest.fixture(scope="session")
def clock_models(tmp_path_factory: pytest.TempPathFactory) -> list[CompiledModel]:
    return clock_models_of(compiled_project(tmp_path_factory))
