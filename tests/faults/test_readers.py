"""Sixteen processes read while twenty snapshots are published: no error, and never marts of two snapshots together."""

import random
import time
from pathlib import Path

import duckdb
import pytest

from orchestration.connections import connected
from reading.errors import DamagedSnapshot
from tests.support.fault_readers import Sightings, read_once, reading, table_hashes
from tests.unit.publishing.shop import ready_shop

READERS = 16
PUBLISHES = 20


def test_readers_see_whole_snapshots_and_no_error_while_they_are_swapped(tmp_path: Path) -> None:
    shop = ready_shop(tmp_path)
    true_tables = {}

    def publish(marker: int) -> None:
        shop.fill(marker=marker)
        snapshot = shop.publish(keep=3)
        with connected(snapshot.path / "marts.duckdb", read_only=True) as connection:
            listed = [(table.schema_name, table.name) for table in snapshot.manifest.tables]
            true_tables[snapshot.manifest.version] = table_hashes(connection, listed)

    publish(1)
    with reading(shop.published, READERS, pause_seconds=2) as readers:
        readers.wait_until_all_read()
        for marker in range(2, PUBLISHES + 2):
            publish(marker)
        readers.wait_until_all_read()
    seen = readers.sightings
    assert (seen.errors, seen.mixed) == ([], [])
    assert seen.reads >= 2 * READERS
    assert len(seen.tables_of_version) > PUBLISHES / 2, "the readers were there while it happened"
    assert all(true_tables[version] == tables for version, tables in seen.tables_of_version.items())
    assert len({tuple(sorted(tables.items())) for tables in true_tables.values()}) == PUBLISHES + 1, "no two snapshots are alike"


def look(published: Path, seen: Sightings, *, plainly: bool = True) -> None:
    read_once(published, plainly=plainly, chance=random.Random(1), seen=seen)


def test_marts_that_are_not_of_their_manifest_count_as_mixed(tmp_path: Path) -> None:
    shop = ready_shop(tmp_path)
    path = shop.publish().path
    with connected(path / "marts.duckdb") as connection:
        connection.execute("delete from core.fct_orders where order_key = 'contract:1'")
    seen = Sightings()
    look(shop.published, seen)
    assert seen.mixed == ["v000001-20260131T173000Z: core.fct_orders not as its manifest says"]


def test_a_version_that_looks_different_the_second_time_counts_as_mixed(tmp_path: Path) -> None:
    shop = ready_shop(tmp_path)
    path = shop.publish().path
    seen, of_another_reader = Sightings(), Sightings()
    look(shop.published, seen)
    with connected(path / "marts.duckdb") as connection:
        connection.execute("update core.fct_orders set order_amount = 2")
    look(shop.published, seen)
    look(shop.published, of_another_reader)
    differing = "v000001-20260131T173000Z: core.fct_orders differ from what was read of it before"
    assert (seen.mixed, of_another_reader.mixed) == ([differing], [])
    seen.add(of_another_reader)
    assert seen.mixed == [differing, differing]
    assert seen.reads == 3


@pytest.mark.parametrize("plainly", [True, False])
def test_a_reader_that_meets_an_error_reports_it(tmp_path: Path, *, plainly: bool) -> None:
    shop = ready_shop(tmp_path)
    (shop.publish().path / "marts.duckdb").unlink()
    with pytest.raises((OSError, duckdb.Error, DamagedSnapshot)):
        look(shop.published, Sightings(), plainly=plainly)
    with reading(shop.published, 2, pause_seconds=0.1) as readers:
        time.sleep(2)
    assert len(readers.sightings.errors) >= 2
    assert readers.sightings.reads == 0
