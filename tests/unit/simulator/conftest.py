"""One simulated shop for all tests that only read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from shop_simulator import SimulationReport, simulate
from tests.unit.simulator.reading import open_landing

UNTIL = date(2024, 12, 31)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> SimulationReport:
    out: Path = tmp_path_factory.mktemp("shop")
    return simulate(out, orders=12_000, days=120, until=UNTIL, seed=20_240_601, strays=True)


@pytest.fixture(scope="session")
def landed(shop: SimulationReport) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = open_landing(shop.out)
    yield connection
    connection.close()
