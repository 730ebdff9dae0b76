"""Delivery: duplicates, retries, the order of files, what the landing zone may hold, and that an extract is all or nothing."""

import os
import time
from pathlib import Path

import pytest

from orchestration.loading import Status, discovery, load_source
from orchestration.loading import extract_loader as loader_module
from tests.unit.loading.shop import ORDERS, Shop, csv_file, order

TWO_FEEDS = (
    ORDERS
    + """
      - name: order_items
        identifier: shop__order_items
        config: {meta: {key: [order_id, line_number]}}
        columns:
          - {name: order_id, data_type: text}
          - {name: line_number, data_type: integer}
"""
)
ITEMS = "order_id,line_number\n1,1\n1,2\n"


# Duplicates and retries -----------------------------------------------------------------------------------------------


def test_the_same_bytes_under_another_name_change_nothing(shop: Shop) -> None:
    shop.load_one("orders-1.csv", csv_file(order(1), order(2, quantity="x")))
    again = shop.load_one("orders-2.csv", csv_file(order(1), order(2, quantity="x")))
    assert again.status is Status.DUPLICATE
    assert "shop/orders-1.csv (extract 1)" in again.message
    assert len(shop.rows()) == 1
    assert len(shop.rejects()) == 1
    assert shop.ledger("status, rows_read") == [("loaded", 2), ("duplicate", 0)]


def test_the_same_bytes_twice_in_one_run_are_loaded_once(shop: Shop) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1)))
    shop.deliver("orders-2.csv", csv_file(order(1)))
    shop.load()
    assert shop.ledger("file_name, status") == [("shop/orders-1.csv", "loaded"), ("shop/orders-2.csv", "duplicate")]


def test_the_same_bytes_for_another_feed_are_no_duplicate(tmp_path: Path) -> None:
    shop = Shop(tmp_path, TWO_FEEDS)
    content = "order_id,line_number,ordered_at\n1,1,2024-03-01\n"
    shop.deliver("orders.csv", content)
    shop.deliver("order_items.csv", content)
    shop.load()
    assert shop.ledger("feed, status") == [("order_items", "loaded"), ("orders", "loaded")]
    shop.connection.close()


def test_handled_files_are_skipped_without_reading_them(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1)))
    shop.deliver("orders-2.csv", csv_file(order(1)))
    shop.load()
    monkeypatch.setattr(loader_module, "fingerprint", None)
    load = shop.load()
    assert (load.extracts, load.known_files) == ([], 2)


def test_a_touched_file_is_skipped_and_not_read_a_second_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shop.deliver("orders.csv", csv_file(order(1)))
    shop.load()
    os.utime(path, ns=(1, 1))
    assert shop.load().extracts == []
    monkeypatch.setattr(loader_module, "fingerprint", None)
    assert shop.load().known_files == 1
    assert shop.ledger("status") == [("loaded",)]


def test_new_content_under_an_old_name_is_a_new_extract(shop: Shop) -> None:
    shop.load_one("orders.csv", csv_file(order(1)))
    shop.load_one("orders.csv", csv_file(order(1), order(2)))
    assert shop.ledger("extract_id, rows_read") == [(1, 1), (2, 2)]
    assert shop.rows("order_id, _extract_id") == [("1", 1), ("1", 2), ("2", 2)]


def test_a_refused_file_is_tried_again_and_listed_once(shop: Shop) -> None:
    shop.deliver("orders.csv", "order_id\n1\n")
    first, second = shop.load().extracts[0], shop.load().extracts[0]
    assert (first.is_repeated, second.is_repeated) == (False, True)
    assert shop.ledger("extract_id, status, run_id") == [(1, "refused", "run-2")]


def test_a_refused_file_is_loaded_once_the_declaration_allows_it(shop: Shop) -> None:
    shop.load_one("orders.csv", "order_id\n1\n")
    shop.declare(
        ORDERS.replace(
            "{name: ordered_at, data_type: timestamp, config: {meta: {required: true}}}", "{name: ordered_at, data_type: timestamp}"
        )
    )
    assert shop.load().extracts[0].status is Status.LOADED
    assert shop.ledger("extract_id, status, refusal_reason, rows_read") == [(1, "loaded", None, 1)]
    shop.load_one("orders-2.csv", csv_file(order(2)))
    assert shop.ledger("extract_id, status") == [(1, "loaded"), (2, "loaded")]


def test_a_corrected_file_under_the_same_name_is_loaded_beside_the_refusal(shop: Shop) -> None:
    shop.load_one("orders.csv", "order_id\n1\n")
    shop.load_one("orders.csv", csv_file(order(1)))
    assert shop.ledger("extract_id, status") == [(1, "refused"), (2, "loaded")]


# Order ----------------------------------------------------------------------------------------------------------------


def test_files_are_loaded_in_natural_order_of_their_names(shop: Shop) -> None:
    for name in ("orders-10.csv", "orders-2.csv", "orders-1.csv", "orders/orders-3.csv"):
        shop.deliver(name, csv_file(order(name)))
    shop.load()
    names = [row[0] for row in shop.ledger("file_name")]
    assert names == ["shop/orders-1.csv", "shop/orders-2.csv", "shop/orders/orders-3.csv", "shop/orders-10.csv"]


def test_rows_carry_extract_line_and_moment(shop: Shop) -> None:
    result = shop.load_one("orders.csv", csv_file(order("b"), order("a")))
    assert shop.rows("order_id, _extract_id, _line, _loaded_at") == [("b", 1, 2, result.started_at), ("a", 1, 3, result.started_at)]


def test_lines_of_a_large_file_are_in_the_order_of_the_file(shop: Shop) -> None:
    shop.load_one("orders.csv", csv_file(*(order(number, note="x" * 300) for number in range(120_000))))
    assert shop.rows("count(*), bool_and(cast(order_id as bigint) + 2 = _line)", order_by="1") == [(120_000, True)]


# The landing zone -----------------------------------------------------------------------------------------------------


def test_feeds_claim_files_by_folder_and_by_name(tmp_path: Path) -> None:
    shop = Shop(tmp_path, TWO_FEEDS)
    names = {
        "orders.csv": "orders",
        "orders.2024-03-01.csv.gz": "orders",
        "orders_2024.PARQUET": "orders",
        "orders-1.jsonl": "orders",
        "orders/anything.jsonl.gz": "orders",
        "orders/2024/03/deep.csv": "orders",
        "order_items.csv": "order_items",
        "ordersx.csv": None,
        "orders.txt": None,
        "orders/readme.txt": None,
        "customers.csv": None,
        ".orders.csv": "hidden",
    }
    for name in names:
        shop.deliver(name, name)
    found = discovery.discover(shop.source, shop.landing)
    claimed = {file.name.removeprefix("shop/"): file.feed.name for file in found.files}
    assert claimed == {name: feed for name, feed in names.items() if feed not in (None, "hidden")}
    unclaimed = {path.relative_to(shop.landing / "shop").as_posix() for path in found.unclaimed}
    assert unclaimed == {name for name, feed in names.items() if feed is None}
    shop.connection.close()


def test_declared_globs_replace_the_default_names(shop: Shop) -> None:
    shop.declare(ORDERS.replace("key: [order_id]", 'key: [order_id]\n            globs: ["export_*_orders.csv", "old/**/*.csv"]'))
    for name in ("export_1_orders.csv", "old/a/b/c.csv", "old/d.csv", "orders.csv", "sub/export_2_orders.csv"):
        shop.deliver(name, csv_file(order(name)))
    shop.load()
    assert {row[0] for row in shop.rows("order_id")} == {"export_1_orders.csv", "old/a/b/c.csv", "old/d.csv"}


def test_a_declared_format_needs_no_ending(shop: Shop) -> None:
    shop.declare(ORDERS.replace("key: [order_id]", 'key: [order_id]\n            globs: ["*.dat"]\n            format: csv'))
    assert shop.load_one("orders.dat", csv_file(order(1))).rows_accepted == 1


def test_files_without_a_feed_are_reported(shop: Shop) -> None:
    shop.deliver("customers.csv", "x\n")
    load = shop.load()
    assert load.extracts == []
    assert ["belongs to no feed of source 'shop'" in line for line in load.warnings] == [True]


@pytest.mark.parametrize("name", ["orders.csv.tmp", "orders.csv.part", "orders/x.csv.TMP"])
def test_files_that_say_they_are_unfinished_are_left(shop: Shop, name: str) -> None:
    shop.deliver(name, csv_file(order(1)))
    load = shop.load()
    assert load.extracts == []
    assert list(load.left_for_next_run) == [f"shop/{name}"]


def test_a_file_that_grows_while_it_is_watched_is_left(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shop.deliver("orders.csv", csv_file(order(1)))
    shop.deliver("orders-2.csv", csv_file(order(2)))

    def sleep(_: float) -> None:
        with path.open("ab") as file:
            file.write(b"3,")

    monkeypatch.setattr(discovery, "SETTLE_SECONDS", 0.01)
    monkeypatch.setattr(time, "sleep", sleep)
    load = shop.load()
    assert list(load.left_for_next_run) == ["shop/orders.csv"]
    assert shop.rows("order_id") == [("2",)]


def test_old_files_are_not_watched(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shop.deliver("orders.csv", csv_file(order(1)))
    os.utime(path, (time.time() - 3600,) * 2)
    monkeypatch.setattr(discovery, "SETTLE_SECONDS", 60.0)
    started = time.monotonic()
    assert len(shop.load().extracts) == 1
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("name", ["orders.csv", "orders.jsonl"])
def test_a_file_that_grows_while_it_is_read_is_rolled_back(shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    first, more = csv_file(order(1)), order(2) + "\n"
    if name == "orders.jsonl":
        first, more = b'{"order_id": "1", "ordered_at": "2024-03-01"}\n', '{"order_id": "2", "ordered_at": "2024-03-01"}\n'
    path = shop.deliver(name, first)
    read = loader_module.read_extract

    def read_and_grow(*arguments: object) -> object:
        counts = read(*arguments)  # type: ignore[arg-type]
        with path.open("a") as file:
            file.write(more)
        return counts

    monkeypatch.setattr(loader_module, "read_extract", read_and_grow)
    load = shop.load()
    assert (load.extracts, list(load.left_for_next_run)) == ([], [f"shop/{name}"])
    assert (shop.rows(), shop.ledger()) == ([], [])
    monkeypatch.setattr(loader_module, "read_extract", read)
    assert shop.load().extracts[0].rows_accepted == 2


def test_a_file_that_vanishes_while_it_is_read_leaves_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shop.deliver("orders-1.csv", csv_file(order(1)))
    shop.deliver("orders-2.csv", csv_file(order(2)))
    marks = loader_module.fingerprint

    def look_and_lose(seen: Path, **options: bool) -> object:
        found = marks(seen, **options)
        path.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(loader_module, "fingerprint", look_and_lose)
    load = shop.load()
    assert list(load.left_for_next_run) == ["shop/orders-1.csv"]
    assert shop.rows("order_id") == [("2",)]


def test_a_file_that_shrinks_under_the_reader_leaves_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shop.deliver("orders.csv", csv_file(*(order(number) for number in range(1000))))
    read = loader_module.read_extract

    def cut_and_read(*arguments: object) -> object:
        path.write_bytes(path.read_bytes()[:5000])
        return read(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(loader_module, "read_extract", cut_and_read)
    load = shop.load()
    assert list(load.left_for_next_run) == ["shop/orders.csv"]
    assert (shop.rows(), shop.ledger()) == ([], [])


def test_links_that_lead_out_of_the_landing_zone_are_not_opened(shop: Shop) -> None:
    outside = shop.folder / "secret.csv"
    outside.write_bytes(csv_file(order("secret")))
    folder = shop.landing / "shop"
    folder.mkdir()
    (folder / "orders.csv").symlink_to(outside)
    (folder / "orders").symlink_to(shop.folder, target_is_directory=True)
    (folder / "orders-gone.csv").symlink_to(folder / "nowhere.csv")
    load = shop.load()
    assert {extract.file_name: extract.refusal_reason for extract in load.extracts} == {
        "shop/orders.csv": "not_allowed",
        "shop/orders-gone.csv": "not_allowed",
    }
    assert "leads out of the landing zone" in next(e.message for e in load.extracts if e.file_name == "shop/orders.csv")
    assert shop.rows() == []
    shop.load()
    assert len(shop.ledger()) == 2


def test_links_within_the_landing_zone_are_read(shop: Shop) -> None:
    kept = shop.landing / "kept.csv"
    kept.write_bytes(csv_file(order(1)))
    (shop.landing / "shop").mkdir()
    (shop.landing / "shop" / "orders.csv").symlink_to(kept)
    shop.load()
    assert shop.rows("order_id") == [("1",)]


def test_pipes_and_folders_are_not_opened(shop: Shop) -> None:
    (shop.landing / "shop").mkdir()
    os.mkfifo(shop.landing / "shop" / "orders.csv")
    (shop.landing / "shop" / "orders-2.csv").mkdir()
    assert [extract.refusal_reason for extract in shop.load().extracts] == ["not_allowed"]


def test_names_that_are_not_utf8_are_refused_with_a_message(shop: Shop) -> None:
    (shop.landing / "shop").mkdir()
    path = os.fsencode(shop.landing / "shop") + b"/orders-\xff.csv"
    with open(path, "wb") as file:  # noqa: PTH123 - the name is bytes
        file.write(csv_file(order(1)))
    result = shop.load().extracts[0]
    assert (result.file_name, result.refusal_reason) == ("shop/orders-\\udcff.csv", "not_allowed")
    assert "rename it" in result.message


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(shop: Shop) -> None:
    shop.deliver("orders.csv", csv_file(order(1))).chmod(0)
    assert shop.load().extracts[0].refusal_reason == "not_readable"


def test_a_file_that_cannot_be_opened_is_refused_and_the_others_go_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1)))
    shop.deliver("orders-2.csv", csv_file(order(2)))
    marks = loader_module.fingerprint

    def refuse_the_first(path: Path, **options: bool) -> object:
        if path.name == "orders-1.csv":
            raise PermissionError(13, "Permission denied")
        return marks(path, **options)

    monkeypatch.setattr(loader_module, "fingerprint", refuse_the_first)
    assert [extract.refusal_reason for extract in shop.load().extracts] == ["not_readable", None]
    assert shop.rows("order_id") == [("2",)]


def test_a_source_that_never_delivered_loads_nothing(shop: Shop) -> None:
    load = shop.load()
    assert (load.extracts, load.left_for_next_run, load.unclaimed_files) == ([], {}, {})


def test_only_the_asked_for_feeds_are_loaded(tmp_path: Path) -> None:
    shop = Shop(tmp_path, TWO_FEEDS)
    shop.deliver("orders.csv", csv_file(order(1)))
    shop.deliver("order_items.csv", ITEMS)
    load_source(shop.connection, shop.source, shop.landing, run_id="x", feeds={"order_items"})
    assert shop.ledger("feed") == [("order_items",)]
    with pytest.raises(ValueError, match="has no feed \\['refunds'\\]"):
        load_source(shop.connection, shop.source, shop.landing, run_id="x", feeds={"refunds"})
    shop.connection.close()
