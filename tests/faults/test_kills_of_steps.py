"""The loader and the publisher are killed at random moments, many times: what they leave is whole, and the next run completes it."""

import random
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb

from orchestration.publishing.versions import versions
from reading.snapshot import damage, opened_snapshot
from tests.support.fault_world import background_python
from tests.unit.loading.shop import Shop as LoadingShop
from tests.unit.loading.shop import csv_file, order
from tests.unit.publishing.shop import ready_shop

KILLS = 8
FILES = 24
ROWS = 400

LOAD = """
import sys
from pathlib import Path
from tests.unit.loading.shop import Shop
shop = Shop(Path(sys.argv[1]))
print("begins", flush=True)
shop.load()
print("ended", flush=True)
"""

PUBLISH = """
import sys
from pathlib import Path
from tests.unit.publishing.shop import Shop
shop = Shop(Path(sys.argv[1]))
print("begins", flush=True)
shop.publish(keep=2)
print("ended", flush=True)
"""


def undisturbed_seconds(code: str, folder: Path) -> float:
    """How long the step takes here when nobody kills it."""
    with background_python(code, folder) as process:
        started = time.monotonic()
        assert process.stdout is not None
        assert process.stdout.readline() == "ended\n"
        return time.monotonic() - started


def killed(code: str, folder: Path, *, after_seconds: float) -> bool:
    """Start the step and kill it with SIGKILL; whether it had not ended by then."""
    with background_python(code, folder) as process:
        try:
            process.wait(after_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        output, _ = process.communicate()
        return "ended" not in output


def deliver(shop: LoadingShop) -> None:
    for number in range(FILES):
        lines = [order(f"{number}-{line}", "never" if line % 97 == 0 else "2024-03-01 08:00:00") for line in range(ROWS)]
        shop.deliver(f"orders-{number:02}.csv", csv_file(*lines))


def test_a_loader_that_is_killed_leaves_whole_extracts_and_the_next_run_loads_the_rest(tmp_path: Path) -> None:
    def world(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        shop = LoadingShop(folder)
        deliver(shop)
        shop.connection.close()
        return folder

    def contents(shop: LoadingShop) -> tuple[Any, ...]:
        ledger = shop.rows("file_name, status, rows_read, rows_accepted, rows_rejected", "raw.extract_ledger", "file_name")
        return ledger, shop.rows("order_id, ordered_at, _line", order_by="order_id"), shop.rejects("raw_text, reason")

    undisturbed = world("undisturbed")
    seconds = undisturbed_seconds(LOAD, undisturbed)
    expected = contents(LoadingShop(undisturbed))
    chance, loaded_when_killed = random.Random(31), Counter[str]()
    for number in range(KILLS):
        folder = world(f"killed-{number}")
        killed(LOAD, folder, after_seconds=chance.uniform(0, seconds))
        shop = LoadingShop(folder)
        shop.assert_books_balance()
        extracts = len(shop.ledger())
        loaded_when_killed["none" if extracts == 0 else "all" if extracts == FILES else "some"] += 1
        shop.load()
        shop.assert_books_balance()
        assert contents(shop) == expected, f"after kill {number}, which left {extracts} of {FILES} extracts loaded"
        shop.connection.close()
    assert loaded_when_killed["some"] > 0, loaded_when_killed


def test_a_publisher_that_is_killed_leaves_a_whole_snapshot_and_the_next_run_clears_up(tmp_path: Path) -> None:
    shop = ready_shop(tmp_path)
    shop.fill(marker=1, rows=20_000)
    seconds = undisturbed_seconds(PUBLISH, tmp_path)
    chance, kills = random.Random(32), 0
    for marker in range(2, KILLS + 2):
        shop.fill(marker=marker, rows=20_000)
        kills += killed(PUBLISH, tmp_path, after_seconds=chance.uniform(0, seconds))
        assert damage((shop.published / "current").resolve()) == []
        assert seen(shop.published) in ((marker - 1, 20_000), (marker, 20_000))
        shop.publish(keep=2)
        assert seen(shop.published) == (marker, 20_000)
        # Of what was killed nothing is left but, when it had swapped already, its whole snapshot.
        assert sorted(path.name for path in shop.published.iterdir()) == [".lock", "current", *versions(shop.published)]
        assert [damage(shop.published / version) for version in versions(shop.published)] == [[], []]
    assert kills > KILLS / 3


def seen(published: Path) -> tuple[int, int]:
    with opened_snapshot(published) as snapshot:
        return one_marker(snapshot.connection)


def one_marker(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """The marker that both marts carry, and how many orders there are; fails when the marts are of different fills."""
    orders = connection.execute("select min(order_amount), max(order_amount), count(*) from core.fct_orders").fetchall()[0]
    scores = connection.execute("select min(marker), max(marker) from satisfaction.kpi_satisfaction").fetchall()[0]
    assert {int(orders[0]), int(orders[1]), *scores} == {int(orders[0])}
    return int(orders[0]), orders[2]
