"""The clock's models, compiled once for all tests of a run."""

from pathlib import Path

import pytest

from tests.support.ticket_clock import Model, compile_models, compiled_models
from tests.support.warehouse import made_once


@pytest.fixture(scope="session")
def clock_models(tmp_path_factory: pytest.TempPathFactory) -> list[Model]:
    folder: Path = made_once(tmp_path_factory, "compiled_clock", compile_models)
    return compiled_models(folder)
