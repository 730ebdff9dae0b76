"""The shop that the loader's tests deliver to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.loading.shop import Shop


@pytest.fixture(autouse=True)
def no_waiting_for_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that were just written are complete, except where a test is about that."""
    monkeypatch.setattr("orchestration.loading.discovery.SETTLE_SECONDS", 0.0)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """An empty shop with the feed ``orders``."""
    shop = Shop(tmp_path)
    yield shop
    shop.connection.close()
