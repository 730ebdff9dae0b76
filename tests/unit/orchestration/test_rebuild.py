"""A rebuild starts only where the archive has all that was loaded. What it ends in is shown in tests/integration/test_rebuild.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.home import Home
from orchestration.loading import Archive, ArchiveError, load_source
from orchestration.rebuild import archived_extract_count, insist_archive_is_whole
from tests.unit.loading.shop import Shop, csv_file, order


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr("orchestration.loading.discovery.SETTLE_SECONDS", 0.0)
    shop = Shop(tmp_path)
    for number in (1, 2):
        shop.deliver(f"orders-{number}.csv", csv_file(order(number)))
    load_source(shop.connection, shop.source, shop.landing, run_id="x", archive=Archive(tmp_path / "archive", own_landing=shop.landing))
    yield shop
    shop.connection.close()


def test_a_whole_archive_is_what_a_rebuild_starts_from(shop: Shop) -> None:
    shop.connection.close()
    insist_archive_is_whole(Home(shop.folder))
    assert archived_extract_count(Home(shop.folder)) == 2


def test_nothing_archived_is_nothing_to_build_from(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="holds no extract"):
        insist_archive_is_whole(Home(tmp_path))


def test_missing_bytes_are_named(shop: Shop) -> None:
    for path in (shop.folder / "archive" / "shop" / "orders").iterdir():
        path.unlink()
    with pytest.raises(ArchiveError, match=r"2 of the archived extracts are missing: .*archive/shop/orders/"):
        insist_archive_is_whole(Home(shop.folder))


def test_what_was_loaded_and_never_archived_is_named(shop: Shop) -> None:
    shop.deliver("orders-3.csv", csv_file(order(3)))
    shop.load()
    shop.connection.close()
    with pytest.raises(ArchiveError, match=r"lacks 1 extracts that were loaded, .*: shop/orders-3.csv\."):
        insist_archive_is_whole(Home(shop.folder))


def test_a_damaged_warehouse_cannot_be_asked_and_is_no_obstacle(shop: Shop) -> None:
    shop.connection.close()
    Home(shop.folder).warehouse.write_bytes(b"damaged" * 1000)
    insist_archive_is_whole(Home(shop.folder))
    Home(shop.folder).warehouse.unlink()
    insist_archive_is_whole(Home(shop.folder))
