"""A disk that is full: nothing half done stays, the message says what to do, and with room again the same thing goes through."""

import hashlib
from pathlib import Path

import duckdb
import pytest

from orchestration.home import Home
from orchestration.runs.fault_advice import FaultKind, advice, kind_of
from reading.snapshot import damage, opened_snapshot
from tests.support.fault_world import SmallDisk, small_disk
from tests.unit.loading.shop import Shop as LoadingShop
from tests.unit.loading.shop import csv_file, order
from tests.unit.publishing.shop import ready_shop

ROWS = 60_000


def many_orders(name: str) -> bytes:
    """Rows with texts that do not compress."""
    return csv_file(*(order(f"{name}-{number}", note=hashlib.sha512(f"{name}{number}".encode()).hexdigest()) for number in range(ROWS)))


def test_the_loader_keeps_whole_extracts_and_loads_the_rest_once_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4) as disk:
        shop = LoadingShop(disk.folder)
        # The shop's files lie elsewhere: only the warehouse has to fit.
        shop.landing = tmp_path / "landing"
        shop.deliver("orders-1.csv", csv_file(order(1)))
        shop.deliver("orders-2.csv", many_orders("b"))
        with pytest.raises(duckdb.Error) as raised:
            shop.load()
        assert kind_of(raised.value) is FaultKind.DISK_FULL, raised.value
        shop.connection.close()

        disk.grow_to(64)
        again = LoadingShop(disk.folder)
        again.landing = tmp_path / "landing"
        again.assert_books_balance()
        assert again.ledger("file_name, rows_accepted") == [("shop/orders-1.csv", 1)]
        again.load()
        again.assert_books_balance()
        assert again.ledger("extract_id, rows_accepted") == [(1, 1), (2, ROWS)]
        again.connection.close()


def test_publishing_keeps_the_old_snapshot_and_no_litter_and_goes_through_once_there_is_room(tmp_path: Path) -> None:
    shop = ready_shop(tmp_path)
    with small_disk(tmp_path / "published", 3) as disk:
        first = shop.publish()
        shop.fill(marker=2, rows=60_000)
        with pytest.raises((duckdb.Error, OSError)) as raised:
            shop.publish()
        assert kind_of(raised.value) is FaultKind.DISK_FULL, raised.value
        assert sorted(path.name for path in shop.published.iterdir()) == [".lock", "current", first.path.name]
        assert damage(first.path) == []
        with opened_snapshot(shop.published) as snapshot:
            assert snapshot.connection.execute("select count(*) from core.fct_orders").fetchone() == (100,)

        disk.grow_to(64)
        second = shop.publish()
        assert (shop.published / "current").resolve() == second.path
        assert damage(second.path) == []


def filled(disk: SmallDisk, *, leave_bytes: int) -> Path:
    """A file that leaves that much room on the disk."""
    ballast = disk.folder / "ballast"
    ballast.write_bytes(b"x" * (disk.free_bytes() - leave_bytes))
    return ballast


def test_the_advice_says_where_there_is_no_room_and_how_much(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 2) as disk:
        filled(disk, leave_bytes=0)
        said = advice(FaultKind.DISK_FULL, Home(disk.folder))
    assert said is not None
    assert f"The disk is full: 0 MB of 2 MB are free where {disk.folder} is." in said
    assert "Free some space, then run the refresh again" in said
    assert "AFTERSALES_KEEP_SNAPSHOTS" in said


def test_an_error_of_the_disk_is_a_full_disk_only_where_there_is_next_to_no_room(tmp_path: Path) -> None:
    kind = kind_of("(sqlite3.OperationalError) disk I/O error")
    with small_disk(tmp_path / "disk", 40) as disk:
        roomy = advice(kind, Home(disk.folder))
        filled(disk, leave_bytes=1_000_000)
        full = advice(kind, Home(disk.folder))
    assert roomy is not None and "Have it checked" in roomy and "The disk is full" not in roomy
    assert full is not None and full.startswith("The disk is full")


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("[Errno 28] No space left on device: 'x'", FaultKind.DISK_FULL),
        ("(sqlite3.OperationalError) database or disk is full", FaultKind.DISK_FULL),
        ('IO Error: Could not write file "/srv/x": No space left on device', FaultKind.DISK_FULL),
        ("[Errno 122] Disk quota exceeded", FaultKind.DISK_FULL),
        ("(sqlite3.OperationalError) disk I/O error", FaultKind.DISK_ERROR),
        ("IO Error: Could not set lock on file", FaultKind.HELD),
        ('IO Error: Cannot open file "/srv/warehouse.duckdb": Permission denied', FaultKind.FORBIDDEN),
        ("(sqlite3.OperationalError) attempt to write a readonly database", FaultKind.FORBIDDEN),
        ("[Errno 30] Read-only file system: '/srv/aftersales'", FaultKind.FORBIDDEN),
        ("Out of Memory Error: could not allocate block of size 256.0 KiB", FaultKind.NO_MEMORY),
        ("The inbound expectations could not be run (exit code -9). Last lines:", FaultKind.KILLED),
        ("12 rows of core.fct_orders have no customer.", FaultKind.UNKNOWN),
    ],
)
def test_a_fault_is_told_by_the_words_of_those_who_met_it_and_each_known_one_has_an_advice(said: str, kind: FaultKind) -> None:
    home = Home(Path("/srv/aftersales"))
    assert kind_of(said) is kind
    assert (advice(kind, home) is None) == (kind is FaultKind.UNKNOWN)
