"""A corrected declaration reads its kept files again, and the warehouse is then what a rebuild makes of them."""

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.loading import Archive, ArchiveError, SourceLoad, load_source, prepare_raw, read_declarations
from orchestration.loading.rereading import forget_what_is_read_otherwise, told_of_rereading
from orchestration.loading.retention import remove_superseded
from tests.unit.loading.shop import ORDERS, csv_file, order

TABLES = ("raw.shop__orders", "raw.rejects", "raw.extract_ledger", "current.shop__orders", "raw.feed_readings")


class Rereading:
    """A shop that is loaded as a refresh loads it."""

    def __init__(self, folder: Path, declaration: str = ORDERS) -> None:
        self.folder = folder
        self.landing = folder / "landing"
        self.archive = Archive(folder / "archive", own_landing=self.landing)
        self.connection = duckdb.connect(str(folder / "warehouse.duckdb"))
        self.runs = 0
        (folder / "models").mkdir(exist_ok=True)
        self.declare(declaration)

    def declare(self, declaration: str) -> None:
        (self.folder / "models" / "_shop__sources.yml").write_text(declaration, encoding="utf-8")
        self.source = read_declarations(self.folder / "models")["shop"]

    def deliver(self, name: str, content: bytes) -> None:
        path = self.landing / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def load(self) -> tuple[SourceLoad, list[str]]:
        self.runs += 1
        rereads = forget_what_is_read_otherwise(self.connection, self.source, self.archive.of_source("shop"))
        prepare_raw(self.connection, {"shop": self.source})
        load = load_source(self.connection, self.source, self.landing, run_id=f"run-{self.runs}", archive=self.archive)
        return load, told_of_rereading(rereads, load)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        return {table: self.rows(f"select * from {table} order by all") for table in TABLES}

    def assert_equal_to_a_rebuild(self) -> None:
        held = self.tables()
        self.connection.close()
        (self.folder / "warehouse.duckdb").unlink()
        self.connection = duckdb.connect(str(self.folder / "warehouse.duckdb"))
        self.load()
        assert self.tables() == held


@pytest.fixture
def shop(tmp_path: Path) -> Rereading:
    return Rereading(tmp_path)


DOTTED = [order(1, "01.03.2024 08:00"), order(2, "01.03.2024 09:00")]
WITH_FORMAT = ORDERS.replace(
    "time_zone: Asia/Shanghai", 'time_zone: Asia/Shanghai, timestamp_formats: ["%d.%m.%Y %H:%M"]'.replace(", ", "\n        ")
)


def test_rows_that_were_rejected_for_a_format_are_accepted_once_it_is_declared(shop: Rereading) -> None:
    shop.deliver("orders-1.csv", csv_file(*DOTTED))
    load, told = shop.load()
    assert (load.extracts[0].rows_accepted, told) == (0, [])
    shop.declare(WITH_FORMAT)
    _, told = shop.load()
    assert shop.rows("select order_id, ordered_at, _extract_id from current.shop__orders order by all") == [
        ("1", datetime(2024, 3, 1, 0), 1),
        ("2", datetime(2024, 3, 1, 1), 1),
    ]
    assert shop.rows("select count(*) from raw.rejects") == [(0,)]
    assert told == [
        "shop.orders: its declaration reads values in another way than before (timestamp_formats), "
        "so that its 1 kept extract was read again, as in a rebuild: 2 of 2 rows accepted, before 0 of 2"
    ]
    shop.assert_equal_to_a_rebuild()
    # Said once.
    assert shop.load()[1] == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("time_zone: Asia/Shanghai", "time_zone: UTC", "time_zone"),
        ("time_zone: Asia/Shanghai", 'null_markers: ["", "7"]', "null_markers"),
        ("time_zone: Asia/Shanghai", "clock_tolerance_minutes: 5", "clock_tolerance_minutes"),
        ("name: quantity, data_type: integer", "name: quantity, data_type: text", "column quantity"),
        ("name: weight, data_type: double", "name: mass, data_type: double", "columns mass, weight"),
        ("accepted_values: [new, paid]", "accepted_values: [new]", "column status"),
        ("pii: true", "pii: false", "column note"),
        ("          - {name: weight, data_type: double}\n", "", "column weight"),
        ("key: [order_id]", "key: [order_id, quantity]", "key, column quantity"),
    ],
)
def test_whatever_changes_how_values_are_read_reads_all_kept_extracts_again(shop: Rereading, old: str, new: str, what: str) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1, status="paid", quantity="7", weight="1.5", note="x"), order(2, quantity="x")))
    shop.load()
    shop.deliver("orders-2.csv", csv_file(order(1, status="new", quantity="8"), order(3, status="new")))
    shop.load()
    assert old in ORDERS
    shop.declare(ORDERS.replace(old, new))
    _, told = shop.load()
    assert len(told) == 1 and f"({what}), so that its 2 kept extracts were read again" in told[0]
    shop.assert_equal_to_a_rebuild()


def test_what_changes_nothing_about_values_reads_nothing_again(shop: Rereading) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1)))
    shop.load()
    shop.connection.execute("update raw.shop__orders set order_id = 'untouched'")
    shop.declare(
        ORDERS.replace("identifier: shop__orders", "identifier: shop__orders\n        description: Orders.").replace(
            "key: [order_id]", 'key: [order_id]\n            globs: ["orders*.csv"]'
        )
    )
    assert shop.load()[1] == []
    assert shop.rows("select order_id from raw.shop__orders") == [("untouched",)]


def test_a_killed_rereading_goes_on_with_the_next_refresh(shop: Rereading, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.deliver("orders-1.csv", csv_file(*DOTTED))
    shop.load()
    shop.declare(WITH_FORMAT)
    forget_what_is_read_otherwise(shop.connection, shop.source, shop.archive.of_source("shop"))
    shop.connection.close()
    shop.connection = duckdb.connect(str(shop.folder / "warehouse.duckdb"))
    shop.load()
    assert shop.rows("select count(*) from current.shop__orders") == [(2,)]
    shop.assert_equal_to_a_rebuild()


def test_where_the_archive_lacks_an_extract_nothing_is_touched_and_it_says_so(shop: Rereading) -> None:
    for number in (1, 2):
        shop.deliver(f"orders-{number}.csv", csv_file(order(number)))
    shop.load()
    next((shop.folder / "archive" / "shop" / "orders").glob("*.csv")).unlink()
    shop.declare(WITH_FORMAT)
    before = shop.rows("select * from raw.shop__orders")
    for _ in range(2):
        _, told = shop.load()
        assert len(told) == 1
        assert "but the archive lacks 1 of its 2 extracts (shop/orders-" in told[0]
        assert "what was loaded stays as it was read" in told[0]
    assert shop.rows("select * from raw.shop__orders") == before


def test_extracts_that_retention_removed_go_as_they_would_in_a_rebuild(shop: Rereading) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1)))
    shop.load()
    shop.deliver("orders-2.csv", csv_file(order(1, quantity="5")))
    shop.load()
    removed = remove_superseded(shop.connection, shop.source, shop.archive.of_source("shop"), now=datetime(2100, 1, 1), days=1)
    assert len(removed) == 1
    shop.declare(WITH_FORMAT)
    _, told = shop.load()
    assert "its 1 kept extract was read again" in told[0]
    shop.assert_equal_to_a_rebuild()


def test_an_extract_that_would_be_refused_now_is_told_and_the_declaration_can_be_taken_back(shop: Rereading) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1)))
    shop.load()
    before = shop.tables()
    shop.declare(
        ORDERS.replace("name: quantity, data_type: integer", "name: amounts, data_type: integer, config: {meta: {required: true}}")
    )
    with pytest.raises(ArchiveError, match=r"orders-1\.csv was loaded before and would be refused now: the required column 'amounts'"):
        shop.load()
    shop.declare(ORDERS)
    shop.load()
    assert shop.tables() == before


def test_a_warehouse_of_before_is_read_again_since_nobody_knows_how_it_was_read(shop: Rereading) -> None:
    shop.deliver("orders-1.csv", csv_file(order(1)))
    shop.load()
    shop.connection.execute("drop table raw.feed_readings")
    _, told = shop.load()
    assert told == [
        "shop.orders: its way of reading values is not known, so that its 1 kept extract was read again, as in a rebuild: "
        "1 of 1 rows accepted, before 1 of 1"
    ]


def test_an_empty_warehouse_and_a_feed_without_extracts_say_nothing(shop: Rereading) -> None:
    assert shop.load()[1] == []
    shop.declare(WITH_FORMAT)
    assert shop.load()[1] == []


def test_feeds_that_change_together_are_told_together(tmp_path: Path) -> None:
    others = "".join(ORDERS[ORDERS.index("      - name: orders") :].replace("orders", name) for name in ("events", "visits", "calls"))
    shop = Rereading(tmp_path, ORDERS + others)
    for name in ("orders", "events", "visits", "calls"):
        shop.deliver(f"{name}-1.csv", csv_file(order(1), order(2)))
    shop.load()
    shop.declare((ORDERS + others).replace("time_zone: Asia/Shanghai", "time_zone: UTC"))
    assert shop.load()[1] == [
        "shop.orders, events, visits and 1 more: their declaration reads values in another way than before (time_zone), "
        "so that their 4 kept extracts were read again, as in a rebuild: 8 of 8 rows accepted, before 8 of 8"
    ]


def test_other_feeds_of_the_source_are_left_alone(tmp_path: Path) -> None:
    other = ORDERS[ORDERS.index("      - name: orders") :].replace("orders", "events")
    shop = Rereading(tmp_path, ORDERS + other)
    shop.deliver("orders-1.csv", csv_file(order(1)))
    shop.deliver("events-1.csv", csv_file(order(1)))
    shop.load()
    shop.connection.execute("update raw.shop__events set order_id = 'untouched'")
    shop.declare(
        ORDERS.replace("name: status, data_type: text", "name: status, data_type: text, description: x").replace(
            "data_type: boolean", "data_type: text"
        )
        + other
    )
    _, told = shop.load()
    assert [line.split(":")[0] for line in told] == ["shop.orders"]
    assert shop.rows("select order_id from raw.shop__events") == [("untouched",)]
