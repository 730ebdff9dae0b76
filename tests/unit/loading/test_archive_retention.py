"""Which extracts may be thrown away: those that no row and no open reject needs; and what comes of their bytes afterwards."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from orchestration.loading import Archive, Status
from orchestration.loading.retention import remove_superseded
from tests.unit.loading.keeping import UPDATED_ORDERS, Keeping, updated, updated_file
from tests.unit.loading.shop import Shop

NOW = datetime(2030, 1, 31)


def thinned(keeping: Keeping, *, days: int) -> list[str]:
    archive = keeping.archive.of_source("shop")
    removed = remove_superseded(keeping.shop.connection, keeping.shop.source, archive, now=NOW, days=days)
    return [extract.file_name.removeprefix("shop/") for extract in removed]


def age(keeping: Keeping, **days: int) -> None:
    """Let extracts have been loaded so many days before now."""
    index = keeping.folder / "shop" / "extracts.jsonl"
    lines = [json.loads(line) for line in index.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        name = line["file_name"].removeprefix("shop/").removesuffix(".csv")
        line["finished_at"] = (NOW - timedelta(days=days.get(name, 0))).isoformat()
    index.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_of_a_feed_that_keeps_versions_each_state_of_a_row_is_needed_once(tmp_path: Path) -> None:
    declaration = UPDATED_ORDERS.replace("key: [order_id]", "key: [order_id]\n            keeps_versions: true")
    keeping = Keeping(Shop(tmp_path, declaration), is_own_landing=True)
    deliveries = {
        "orders_first_state": [updated(1, "2024-03-01", status="new")],
        "orders_second_state": [updated(1, "2024-03-02", status="paid"), updated(2, "2024-03-02")],
        # The same states again, and a correction of the second one in its own moment.
        "orders_snapshot": [updated(1, "2024-03-02", status="new"), updated(2, "2024-03-02")],
        "orders_withdrawal": [updated(2, "2024-03-03", is_deleted="true")],
    }
    for name, lines in deliveries.items():
        keeping.shop.deliver(f"{name}.csv", updated_file(*lines))
    keeping.load()
    age(keeping, **dict.fromkeys(deliveries, 30))
    assert thinned(keeping, days=29) == ["orders_second_state.csv"]
    states = "select distinct order_id, updated_at, arg_max(status, _extract_id) from raw.shop__orders group by all order by all"
    rebuilt = keeping.rebuilt()
    assert rebuilt.connection.execute(states).fetchall() == keeping.shop.connection.execute(states).fetchall()


def test_only_old_extracts_that_no_row_and_no_open_reject_needs_are_removed(tmp_path: Path) -> None:
    keeping = Keeping(Shop(tmp_path, UPDATED_ORDERS), is_own_landing=True)
    deliveries = {
        "orders_superseded": [updated(1, "2024-03-01"), updated(2, "2024-03-01")],
        "orders_young": [updated(1, "2024-03-02"), updated(2, "2024-03-02")],
        "orders_open_reject": [updated(1, "2024-03-01"), updated(7, "2024-03-01", quantity="x")],
        "orders_answered_reject": [updated(1, "2024-03-01"), updated(8, "2024-03-01", quantity="x")],
        "orders_withdrawal": [updated(2, "2024-03-04", is_deleted="true")],
        "orders_z_newest": [updated(1, "2024-03-05"), updated(8, "2024-03-05")],
    }
    for name, lines in deliveries.items():
        keeping.shop.deliver(f"{name}.csv", updated_file(*lines))
    keeping.load()
    before = keeping.shop.rows("order_id, updated_at, is_deleted", order_by="all")
    age(keeping, **{name: 30 for name in deliveries if name != "orders_young"})
    assert thinned(keeping, days=40) == []
    assert thinned(keeping, days=29) == ["orders_answered_reject.csv", "orders_superseded.csv"]
    assert thinned(keeping, days=29) == []
    assert len(keeping.kept()) == 4

    rebuilt = keeping.rebuilt()
    current = "select order_id, arg_max(is_deleted, updated_at) from raw.shop__orders group by order_id order by all"
    assert rebuilt.connection.execute(current).fetchall() == keeping.shop.connection.execute(current).fetchall()
    assert rebuilt.rows("order_id, updated_at, is_deleted", order_by="all") != before
    # The bytes that were removed are still known when they are delivered again.
    keeping.shop.deliver("orders_superseded.csv", updated_file(*deliveries["orders_superseded"]))
    assert keeping.load().extracts == []
    assert (keeping.landed(), len(keeping.kept())) == ([], 4)


def superseded(folder: Path, *, is_own_landing: bool = True) -> tuple[Keeping, dict[str, bytes]]:
    """Two extracts of one moment, of which the second counts; the bytes of the first are removed."""
    folder.mkdir(exist_ok=True)
    keeping = Keeping(Shop(folder, UPDATED_ORDERS), is_own_landing=is_own_landing)
    contents = {f"orders-{number}.csv": updated_file(updated(1, "2024-03-01", quantity=str(number))) for number in (1, 2)}
    for name, content in contents.items():
        keeping.shop.deliver(name, content)
    keeping.load()
    age(keeping, **{"orders-1": 30, "orders-2": 30})
    assert thinned(keeping, days=1) == ["orders-1.csv"]
    return keeping, contents


@pytest.mark.parametrize("name", ["orders-1.csv", "orders-again.csv"])
@pytest.mark.parametrize("is_own_landing", [True, False])
def test_removed_bytes_that_come_again_after_a_rebuild_change_nothing(tmp_path: Path, name: str, is_own_landing: bool) -> None:
    keeping, contents = superseded(tmp_path / "first", is_own_landing=is_own_landing)
    shutil.rmtree(keeping.shop.landing)
    rebuilt = keeping.rebuilt()
    rebuilt_keeping = Keeping(rebuilt, is_own_landing=is_own_landing)
    rebuilt_keeping.folder, rebuilt_keeping.archive = (
        keeping.folder, Archive(keeping.folder, own_landing=rebuilt.landing if is_own_landing else None)
    )  # fmt: skip
    rebuilt.deliver(name, contents["orders-1.csv"])
    (result,) = rebuilt_keeping.load().extracts
    assert result.status is Status.DUPLICATE
    assert result.message == (
        "the same bytes came before as shop/orders-1.csv (extract 1), and others have replaced every row of them; nothing changes"
    )
    assert rebuilt.rows("quantity, _extract_id") == [(2, 2)]
    assert rebuilt.ledger("extract_id, status") == [(2, "loaded"), (3, "duplicate")]
    assert rebuilt_keeping.landed() == ([] if is_own_landing else [name])
    assert rebuilt_keeping.kept() == keeping.expected(contents["orders-2.csv"])
    assert rebuilt_keeping.load().extracts == []
    rebuilt.assert_books_balance()


def test_removed_bytes_that_were_loaded_again_are_kept_again(tmp_path: Path) -> None:
    keeping, contents = superseded(tmp_path / "first")
    keeping.shop.connection.execute("update raw.extract_ledger set extract_id = 3 where extract_id = 1")
    keeping.shop.connection.execute("update raw.shop__orders set _extract_id = 3 where _extract_id = 1")
    keeping.shop.deliver("orders-1.csv", contents["orders-1.csv"])
    keeping.load()
    assert keeping.kept() == dict(sorted(keeping.expected(*contents.values()).items()))
    assert keeping.landed() == []
    assert keeping.rebuilt().rows("quantity, _extract_id") == [(2, 2), (1, 3)]


def test_an_extract_that_was_loaded_again_under_another_number_is_needed_all_the_same(tmp_path: Path) -> None:
    keeping = Keeping(Shop(tmp_path, UPDATED_ORDERS), is_own_landing=True)
    keeping.shop.deliver("orders.csv", updated_file(updated(1, "2024-03-01")))
    keeping.load()
    keeping.shop.connection.execute("update raw.extract_ledger set extract_id = 7")
    keeping.shop.connection.execute("update raw.shop__orders set _extract_id = 7")
    age(keeping, orders=30)
    assert thinned(keeping, days=1) == []
    keeping.shop.deliver("orders-2.csv", updated_file(updated(1, "2024-03-02")))
    keeping.load()
    assert thinned(keeping, days=1) == ["orders.csv"]
    assert keeping.archive.of_source("shop").extracts[0].extract_id == 7, "its removal answers for what the ledger has"


def test_a_removal_that_was_cut_short_is_finished(archived: Keeping) -> None:
    archive = archived.archive.of_source("shop")
    archive.remove(archive.extracts[0], NOW)
    archive.path_of(archive.extracts[0]).write_bytes(b"left behind")
    archived.load()
    assert archived.kept() == {}
