"""A load that is stopped, killed or runs out of disk leaves whole extracts only, and can be run again."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.loading import ExtractResult, load_source
from orchestration.loading import extract_loader as loader_module
from tests.support.warehouse import PROJECT_ROOT
from tests.unit.loading.shop import Shop, csv_file, order

# All or nothing -------------------------------------------------------------------------------------------------------


class Stopped(BaseException):
    """What a test raises in the middle of an extract."""


@pytest.mark.parametrize("place", ["_insist_unchanged", "_summary"])
def test_an_extract_that_is_interrupted_leaves_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1)))
    shop.deliver("orders-2.csv", csv_file(order(2), order(3, quantity="x"), order(4, note='"stray"quote')))
    real = getattr(loader_module, place)
    calls = 0

    def stop_in_the_second_file(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if shop.connection.execute("select count(*) from raw.shop__orders where order_id = '2'").fetchall() == [(1,)]:
            raise Stopped
        return real(*arguments)

    monkeypatch.setattr(loader_module, place, stop_in_the_second_file)
    with pytest.raises(Stopped):
        shop.load()
    monkeypatch.setattr(loader_module, place, real)
    assert shop.rows("order_id") == [("1",)]
    assert shop.rejects() == []
    assert shop.ledger("file_name") == [("shop/orders-1.csv",)]
    assert shop.connection.execute("select current_setting('preserve_insertion_order')").fetchall() == [(True,)]
    shop.load()
    shop.assert_books_balance()
    assert shop.ledger("extract_id, rows_read, rows_rejected") == [(1, 1, 0), (2, 3, 2)]


def test_a_callback_that_fails_does_not_undo_its_extract(shop: Shop) -> None:
    shop.deliver("orders.csv", csv_file(order(1)))

    def fail(_: ExtractResult) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        load_source(shop.connection, shop.source, shop.landing, run_id="x", on_extract=fail)
    assert shop.ledger("status") == [("loaded",)]
    assert shop.load().known_files == 1


KILLED = """
import os, sys
from pathlib import Path
from orchestration.loading import extract_loader as loader
from tests.unit.loading.shop import Shop

shop = Shop(Path(sys.argv[1]))
real, calls = loader._summary, []

def die(counts):
    calls.append(counts)
    if len(calls) == 3:
        os.kill(os.getpid(), 9)
    return real(counts)

loader._summary = die
shop.load()
"""


def test_a_killed_load_keeps_whole_extracts_only_and_can_be_run_again(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    for number in range(5):
        shop.deliver(f"orders-{number}.csv", csv_file(*(order(f"{number}-{line}") for line in range(200)), order("x", quantity="x")))
    shop.connection.close()
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=PROJECT_ROOT, check=False, capture_output=True)
    assert killed.returncode == -9, killed.stderr
    shop = Shop(tmp_path)
    shop.assert_books_balance()
    assert shop.ledger("extract_id, rows_accepted, rows_rejected") == [(1, 200, 1), (2, 200, 1)]
    shop.load()
    shop.assert_books_balance()
    assert shop.ledger("extract_id, rows_accepted") == [(number, 200) for number in range(1, 6)]
    assert shop.rows("count(distinct order_id)", order_by="1") == [(1000,)]
    shop.connection.close()


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from tests.unit.loading.shop import Shop

shop = Shop(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
shop.load()
"""


def test_a_full_disk_is_raised_and_leaves_whole_extracts_only(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.deliver("orders-1.csv", csv_file(order(1)))
    # Texts that do not compress, so that the warehouse file would grow beyond the limit.
    many = (order(number, note=hashlib.sha512(str(number).encode()).hexdigest()) for number in range(40_000))
    shop.deliver("orders-2.csv", csv_file(*many))
    shop.connection.close()
    full = subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path)], cwd=PROJECT_ROOT, check=False, capture_output=True, text=True)
    assert full.returncode == 1
    assert "File too large" in full.stderr or "Could not write" in full.stderr, full.stderr
    shop = Shop(tmp_path)
    shop.assert_books_balance()
    assert shop.ledger("file_name, rows_accepted") == [("shop/orders-1.csv", 1)]
    shop.load()
    shop.assert_books_balance()
    assert shop.ledger("extract_id, rows_accepted") == [(1, 1), (2, 40_000)]
    shop.connection.close()


def test_copies_that_a_killed_load_left_are_removed(shop: Shop) -> None:
    scratch = shop.folder / "loading"
    scratch.mkdir()
    (scratch / "reading-left.txt").write_text("somebody's address")
    shop.load()
    assert list(scratch.iterdir()) == []
