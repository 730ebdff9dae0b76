"""A machine whose clock was set back: deliveries keep their order, and what was published last is what readers see."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.loading import discovery
from orchestration.loading import extract_loader as loader
from orchestration.publishing.versions import versions
from reading.snapshot import opened_snapshot
from tests.unit.loading.shop import Shop as LoadingShop
from tests.unit.loading.shop import csv_file, order
from tests.unit.publishing.shop import ready_shop

A_YEAR = timedelta(days=365)


def set_clock_back(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """The loader's clock, and the one by which it tells fresh files from old ones."""
    monkeypatch.setattr(loader, "_now", lambda: datetime.now(UTC).replace(tzinfo=None) - by)
    monkeypatch.setattr(discovery, "time", FakeTime(by.total_seconds()))


class FakeTime:
    """The module ``time`` of a machine whose clock is behind."""

    def __init__(self, behind_seconds: float) -> None:
        self._behind_seconds = behind_seconds

    def time(self) -> float:
        return time.time() - self._behind_seconds

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def test_deliveries_are_numbered_in_the_order_in_which_they_came(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = LoadingShop(tmp_path)
    shop.load_one("orders-1.csv", csv_file(order(1, status="new")))
    set_clock_back(monkeypatch, A_YEAR)
    # The file's own time lies in the future of the clock now.
    shop.load_one("orders-2.csv", csv_file(order(1, status="paid")))
    assert shop.rows("_extract_id, status") == [(1, "new"), (2, "paid")]
    (first, second) = (row[0] for row in shop.ledger("finished_at"))
    assert first - second > timedelta(days=364)

    assert shop.load().extracts == [], "nothing is loaded a second time"
    shop.load_one("orders-2.csv", csv_file(order(1, status="paid", quantity="2")))
    assert shop.rows("_extract_id") == [(1,), (2,), (3,)]
    shop.connection.close()


def test_the_snapshot_published_last_is_current_and_the_oldest_are_removed_although_their_times_say_otherwise(tmp_path: Path) -> None:
    shop = ready_shop(tmp_path)
    now = datetime(2026, 2, 1, tzinfo=UTC)
    paths = []
    for number, created_at in enumerate([now, now - A_YEAR, now - 2 * A_YEAR, now]):
        shop.fill(marker=number)
        paths.append(shop.publish(keep=2, created_at=created_at).path)
    assert versions(shop.published) == [path.name for path in paths[2:]]
    with opened_snapshot(shop.published) as snapshot:
        assert snapshot.path == paths[3]
        assert snapshot.connection.execute("select distinct marker from satisfaction.kpi_satisfaction").fetchall() == [(3,)]
