"""The shop that the loader's tests deliver to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.loading.keeping import Keeping
from tests.unit.loading.shop import Shop, csv_file, order


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


@pytest.fixture
def own(shop: Shop) -> Keeping:
    """An archive into which files are moved."""
    return Keeping(shop, is_own_landing=True)


@pytest.fixture
def foreign(shop: Shop) -> Keeping:
    """An archive into which files of somebody else's landing zone are copied."""
    return Keeping(shop, is_own_landing=False)


@pytest.fixture
def archived(own: Keeping) -> Iterator[Keeping]:
    """An archive of one extract."""
    own.shop.deliver("orders.csv", csv_file(order(1)))
    own.load()
    yield own
