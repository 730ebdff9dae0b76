"""Files that another process writes to or takes away while they are read: nothing of them stays, and the next run has them."""

import os
import time
from pathlib import Path

import pytest

from orchestration.loading import SourceLoad
from tests.support.fault_world import background_python
from tests.unit.loading.shop import Shop, csv_file, order

ROWS = 150_000

# Prepended to what a process does: wait until somebody else has the file open, which is the moment at which the loader reads it.
WAIT_FOR_READER = """
import os, sys, time
path, reader = sys.argv[1], int(sys.argv[2])
print("watching", flush=True)

def is_open(descriptor):
    try:
        return os.readlink(f"/proc/{reader}/fd/{descriptor}") == path
    except FileNotFoundError:
        return False

while not any(is_open(descriptor) for descriptor in os.listdir(f"/proc/{reader}/fd")):
    pass
"""
APPEND = """
with open(path, "a") as file:
    file.write("late,2024-03-01 08:00:00,,,,,,,\\n")
sys.stdin.read()
"""
TAKE_AWAY = "os.unlink(path)"

# Writes a row every millisecond for as long as it lives.
GO_ON_WRITING = """
import sys, time
number = 0
with open(sys.argv[1], "a", buffering=1) as file:
    print("writing", flush=True)
    while True:
        number += 1
        file.write(f"late-{number},2024-03-01 08:00:00,,,,,,,\\n")
        time.sleep(0.001)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop with one old file that is in order and one large one."""
    shop = Shop(tmp_path)
    shop.deliver("orders-1.csv", csv_file(order(1)))
    return shop


def large_file(shop: Shop) -> Path:
    path = shop.deliver("orders-2.csv", csv_file(*(order(f"b-{number}") for number in range(ROWS))))
    # Old enough not to be watched before it is read, so that only the reading itself can notice.
    os.utime(path, (time.time() - 3600,) * 2)
    return path


def loaded_files(load: SourceLoad) -> list[str]:
    return [extract.file_name for extract in load.extracts]


@pytest.mark.parametrize("writer", [WAIT_FOR_READER + APPEND, GO_ON_WRITING], ids=["once it is read", "all the time"])
def test_a_file_that_another_process_is_writing_is_left_for_the_next_run(shop: Shop, writer: str) -> None:
    path = large_file(shop)
    with background_python(writer, path, os.getpid()):
        load = shop.load()
    assert loaded_files(load) == ["shop/orders-1.csv"]
    assert load.left_for_next_run["shop/orders-2.csv"].endswith("the next run reads it")
    assert shop.rows("order_id") == [("1",)]
    shop.assert_books_balance()

    lines = path.read_text(encoding="utf-8").count("\n") - 1
    assert lines > ROWS
    again = shop.load()
    shop.assert_books_balance()
    assert [(extract.file_name, extract.rows_read) for extract in again.extracts] == [("shop/orders-2.csv", lines)]


def test_a_file_that_is_taken_away_while_it_is_read_leaves_nothing_and_stops_nothing(shop: Shop) -> None:
    path = large_file(shop)
    shop.deliver("orders-3.csv", csv_file(order(3)))
    content = path.read_bytes()
    with background_python(WAIT_FOR_READER + TAKE_AWAY, path, os.getpid()):
        load = shop.load()
    assert not path.exists()
    assert loaded_files(load) == ["shop/orders-1.csv", "shop/orders-3.csv"]
    assert "vanished before it was read to its end" in load.left_for_next_run["shop/orders-2.csv"]
    assert "have it delivered again" in load.left_for_next_run["shop/orders-2.csv"]
    assert shop.rows("order_id") == [("1",), ("3",)]
    shop.assert_books_balance()

    shop.deliver("orders-2.csv", content)
    assert loaded_files(shop.load()) == ["shop/orders-2.csv"]
    shop.assert_books_balance()
