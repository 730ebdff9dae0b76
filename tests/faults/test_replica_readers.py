"""Fifty readers of the replica while it is brought to ten snapshots, by replacing rows and by swapping tables."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import psycopg

from tests.support.fault_postgresql import postgresql_database
from tests.support.replica import READER, brought, published_again, shop_of_three_months
from tests.unit.publishing.shop import Shop

ONE_STATEMENT = """
    select
        (select version from aftersales.snapshot), (select min(marker) from satisfaction.kpi_satisfaction),
        (select max(order_amount) from core.fct_orders), (select count(*) from core.fct_orders)
"""
SEVERAL_STATEMENTS = (
    "select version from aftersales.snapshot",
    "select min(marker) from satisfaction.kpi_satisfaction",
    "select max(order_amount) from core.fct_orders",
    "select count(*) from core.fct_orders",
)
Read = tuple[str, int, int, int]


def _keep_reading(address: str, number: int, is_over: threading.Event, seen: set[Read], troubles: list[str]) -> None:
    """Each second reader asks in one statement, the others in several within a transaction that sees one state."""
    chance = random.Random(number)
    try:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"set role {READER}")
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            while not is_over.is_set():
                if number % 2:
                    rows = [connection.execute(ONE_STATEMENT).fetchone() or ()]
                else:
                    with connection.transaction():
                        rows = [connection.execute(statement).fetchone() or () for statement in SEVERAL_STATEMENTS]  # type: ignore[call-overload]
                version, marker, amount, count = (value for row in rows for value in row)
                seen.add((str(version), int(marker), int(amount), int(count)))
                time.sleep(chance.uniform(0.1, 0.5))
    except Exception as error:  # noqa: BLE001
        troubles.append(f"reader {number}: {error!r}")


def test_fifty_readers_through_ten_refreshes_meet_no_error_and_no_mixed_snapshot(tmp_path: Path) -> None:
    with postgresql_database("marts") as address:
        _read_through_refreshes(shop_of_three_months(tmp_path), address)


def _read_through_refreshes(shop: Shop, address: str) -> None:
    brought(shop, address)
    versions = {(shop.published / "current").resolve().name: 1}
    is_over, seen, troubles = threading.Event(), set[Read](), list[str]()
    readers = [threading.Thread(target=_keep_reading, args=(address, number, is_over, seen, troubles)) for number in range(50)]
    for reader in readers:
        reader.start()
    try:
        for marker in range(2, 12):
            shop.fill(marker=marker, rows=2000)
            published_again(shop, marker)
            versions[(shop.published / "current").resolve().name] = marker
            assert brought(shop, address, full=marker % 3 == 0).is_full == (marker % 3 == 0)
    finally:
        time.sleep(0.3)
        is_over.set()
        for reader in readers:
            reader.join()
    assert troubles == []
    assert [read for read in seen if read[1:] != (versions[read[0]], versions[read[0]], 2000)] == []
    # On a busy machine a snapshot may come and go between two looks.
    assert len({marker for _, marker, _, _ in seen}) > 5
