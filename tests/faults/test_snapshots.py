"""A snapshot that is damaged, deleted or never let go: readers are told what to do, and the next publish puts it right."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.publishing.versions import versions
from reading.errors import DamagedSnapshot
from reading.snapshot import damage, opened_snapshot
from tests.support.fault_world import background_python
from tests.unit.publishing.shop import Shop, ready_shop

# Opens the current snapshot and answers each line it is sent with what it sees.
READER = """
import sys
from pathlib import Path
from reading.snapshot import opened_snapshot
with opened_snapshot(Path(sys.argv[1])) as snapshot:
    print("open", flush=True)
    for query in sys.stdin:
        print(snapshot.connection.execute(query).fetchone(), flush=True)
"""

# What a notebook does that never heard of our way to open a snapshot.
PLAIN_READER = """
import sys, duckdb
from pathlib import Path
connection = duckdb.connect(str((Path(sys.argv[1]) / "current").resolve() / "marts.duckdb"), read_only=True)
print("open", flush=True)
for query in sys.stdin:
    print(connection.execute(query).fetchone(), flush=True)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return ready_shop(tmp_path)


@pytest.mark.parametrize("reader", [READER, PLAIN_READER], ids=["ours", "a plain client"])
def test_a_reader_that_never_closes_stops_no_publish_and_goes_on_seeing_its_own_snapshot(shop: Shop, reader: str) -> None:
    first = shop.publish(keep=2)
    with background_python(reader, shop.published) as process:
        assert process.stdin is not None and process.stdout is not None
        for marker in range(2, 6):
            shop.fill(marker=marker)
            shop.publish(keep=2)
            process.stdin.write("select count(*), min(order_amount), max(order_amount) from core.fct_orders\n")
            process.stdin.flush()
            assert process.stdout.readline() == "(100, Decimal('1.00'), Decimal('1.00'))\n"
        assert not first.path.exists(), "old snapshots are removed all the same"
        assert len(versions(shop.published)) == 2


def cut_in_half(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def replace_link_by_copy(current: Path) -> None:
    target = current.resolve()
    current.unlink()
    shutil.copytree(target, current)


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a database cut in half": (lambda current: cut_in_half(current / "marts.duckdb"), "marts.duckdb has .* bytes, its manifest says"),
    "a manifest cut in half": (lambda current: cut_in_half(current / "manifest.json"), "manifest.json cannot be understood"),
    "a missing database": (lambda current: (current / "marts.duckdb").unlink(), "No such file"),
    "a missing manifest": (lambda current: (current / "manifest.json").unlink(), "No such file"),
    "a deleted snapshot": (lambda current: shutil.rmtree(current.resolve()), "No such file"),
    "a deleted link": (lambda current: current.unlink(), "is gone, though snapshots are there"),
    "a copy in place of the link": (replace_link_by_copy, "is no link to a snapshot"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_readers_of_a_damaged_snapshot_are_told_to_refresh_and_a_refresh_is_enough(shop: Shop, fault: str) -> None:
    shop.publish()
    shop.publish()
    do, said = FAULTS[fault]
    do(shop.published / "current")
    with pytest.raises(DamagedSnapshot, match=rf"{said}.*Run aftersales refresh again"), opened_snapshot(shop.published):
        pass
    third = shop.publish()
    assert (shop.published / "current").is_symlink()
    assert (shop.published / "current").resolve() == third.path
    assert damage(third.path) == []
    with opened_snapshot(shop.published) as snapshot:
        assert snapshot.connection.execute("select count(*) from core.fct_orders").fetchone() == (100,)


def test_a_folder_in_the_place_of_the_link_is_kept_aside_and_said_so(shop: Shop) -> None:
    shop.publish()
    replace_link_by_copy(shop.published / "current")
    published = shop.publish()
    aside = shop.published / f"current-before-{published.path.name}"
    assert (aside / "marts.duckdb").exists()
    assert any(str(aside) in message and "was no link" in message for message in published.messages)


def test_the_damage_of_a_snapshot_does_not_reach_the_older_ones(shop: Shop) -> None:
    older, newer = shop.publish(), shop.publish()
    cut_in_half(newer.path / "marts.duckdb")
    link = shop.published / "current.new"
    link.symlink_to(older.path.name)
    link.replace(shop.published / "current")
    with opened_snapshot(shop.published) as snapshot:
        assert snapshot.path == older.path


def test_a_deleted_folder_of_snapshots_is_made_anew(shop: Shop) -> None:
    shop.publish()
    shutil.rmtree(shop.published)
    assert damage(shop.publish().path) == []
