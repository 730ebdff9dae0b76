"""The table of current rows equals a ranking of all versions, whatever is delivered, in whatever order, and wherever the loader is killed.

Which version counts is worked out by hand in tests/unit/macros/test_current_rows.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.loading import Archive, FeedDeclaration, SourceLoad, current_rows, load_source, merge_new_extracts, prepare_raw
from orchestration.loading.retention import remove_superseded
from orchestration.loading.row_versions import ranked_versions
from tests.unit.loading.shop import Shop

DECLARATION = """
version: 2
sources:
  - name: shop
    schema: raw
    tables:
      - name: orders
        identifier: shop__orders
        config: {meta: {key: [a, b]}}
        columns:
          - {name: a, data_type: text}
          - {name: b, data_type: integer}
          - {name: value, data_type: integer}
          - {name: updated_at, data_type: timestamp}
          - {name: is_deleted, data_type: boolean}
      - name: events
        identifier: shop__events
        config: {meta: {key: [a]}}
        columns:
          - {name: a, data_type: text}
          - {name: value, data_type: integer}
"""


class Merged:
    """A shop with an archive, whose current rows are compared with a ranking of all its versions."""

    def __init__(self, folder: Path) -> None:
        self.shop = Shop(folder, DECLARATION)
        self.archive = Archive(folder / "archive", own_landing=self.shop.landing)
        self.files = 0

    def deliver(self, feed: str, *rows: tuple[object, ...]) -> str:
        self.files += 1
        header = {"orders": "a,b,value,updated_at,is_deleted", "events": "a,value"}[feed]
        text = "\n".join([header, *(",".join("" if value is None else str(value) for value in row) for row in rows), ""])
        self.shop.deliver(f"{feed}-{self.files}.csv", text)
        return text

    def load(self) -> SourceLoad:
        self.shop.runs += 1
        shop = self.shop
        return load_source(shop.connection, shop.source, shop.landing, run_id=f"run-{shop.runs}", archive=self.archive)

    def reopen(self) -> None:
        """As after a kill: what was not committed is gone."""
        self.shop.connection.close()
        self.shop = Shop(self.shop.folder, (self.shop.folder / "models" / "_shop__sources.yml").read_text(encoding="utf-8"))

    def rebuild(self) -> None:
        """A new warehouse from the archive, beside what landed."""
        self.shop.connection.close()
        (self.shop.folder / "warehouse.duckdb").unlink()
        self.reopen()

    def held(self, feed: FeedDeclaration) -> list[tuple[Any, ...]]:
        columns = ", ".join([*feed.raw_columns, current_rows.IS_WITHDRAWN])
        return self.shop.connection.execute(f"select {columns} from {current_rows.current_table(feed)} order by all").fetchall()

    def ranked(self, feed: FeedDeclaration) -> list[tuple[Any, ...]]:
        withdrawn = "coalesce(is_deleted, false)" if feed.has_column("is_deleted") else "false"
        query = f"select {', '.join(feed.raw_columns)}, {withdrawn} from ({ranked_versions(feed)}) where version_rank = 1 order by all"
        return self.shop.connection.execute(query).fetchall()

    def assert_equal_to_ranking(self) -> None:
        for feed in self.shop.source.feeds.values():
            assert self.held(feed) == self.ranked(feed), feed.name

    def current(self, columns: str = "a, b, value") -> list[tuple[Any, ...]]:
        return self.shop.rows(columns, "current.shop__orders", "a, b")


@pytest.fixture
def merged(tmp_path: Path) -> Merged:
    return Merged(tmp_path)


def fail_at(monkeypatch: pytest.MonkeyPatch, statement: int) -> None:
    """Have the merging stop before its ``statement``-th statement (from 0) without a word, as a killed process does."""

    class Killed(Exception):
        pass

    def killed(connection: duckdb.DuckDBPyConnection, *statements: str) -> None:
        connection.execute("begin transaction")
        for each in statements[:statement]:
            connection.execute(each)
        raise Killed

    monkeypatch.setattr(current_rows, "in_one_transaction", killed)


def killed_load(merged: Merged, monkeypatch: pytest.MonkeyPatch, statement: int) -> None:
    """Load what landed, be killed while it is merged, and start again."""
    with monkeypatch.context() as patched:
        fail_at(patched, statement)
        with pytest.raises(Exception, match=r"^$"):
            merged.load()
        merged.shop.connection.close()
    merged.reopen()


def random_row(draw: random.Random, feed: str) -> tuple[object, ...]:
    a, value = draw.choice("pqrst"), draw.randint(0, 99)
    if feed == "events":
        return a, value
    # Few moments, so that many versions have the same one, or none.
    updated_at = draw.choice([None, *(f"2024-03-0{day} 08:00:00" for day in range(1, 5))])
    return a, draw.randint(1, 2), value, updated_at, draw.choice([None, "false", "true"])


@pytest.mark.parametrize("seed", range(12))
def test_after_random_deliveries_the_table_equals_a_ranking_of_all_versions(
    merged: Merged, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    draw = random.Random(seed)
    texts: list[tuple[str, str]] = []

    def deliver_some() -> None:
        for _ in range(draw.randint(1, 3)):
            feed = draw.choice(["orders", "orders", "events"])
            texts.append((feed, merged.deliver(feed, *(random_row(draw, feed) for _ in range(draw.randint(1, 8))))))

    def deliver_again() -> None:
        if texts:
            feed, text = draw.choice(texts)
            merged.files += 1
            merged.shop.deliver(f"{feed}-again-{merged.files}.csv", text)

    def thin_out() -> None:
        now = datetime(2100, 1, 1) + timedelta(days=merged.shop.runs)
        remove_superseded(merged.shop.connection, merged.shop.source, merged.archive.of_source("shop"), now=now, days=1)

    def be_killed() -> None:
        deliver_some()
        if any(merged.shop.landing.rglob("*.csv")):
            killed_load(merged, monkeypatch, draw.randint(0, 2))

    steps: list[Callable[[], None]] = [deliver_some, deliver_some, deliver_again, thin_out, be_killed, merged.rebuild]
    for _ in range(7):
        draw.choice(steps)()
        merged.load()
        merged.assert_equal_to_ranking()
    before = [merged.held(feed) for feed in merged.shop.source.feeds.values()]
    merged.rebuild()
    merged.load()
    assert [merged.held(feed) for feed in merged.shop.source.feeds.values()] == before


@pytest.mark.parametrize("statement", range(6))
def test_a_kill_at_any_statement_of_the_merging_is_repaired_by_the_next_load(
    merged: Merged, monkeypatch: pytest.MonkeyPatch, statement: int
) -> None:
    merged.deliver("orders", ("p", 1, 10, "2024-03-01", None), ("q", 1, 20, "2024-03-01", None))
    merged.load()
    merged.deliver("orders", ("p", 1, 11, "2024-03-02", None))
    killed_load(merged, monkeypatch, statement)
    assert merged.current() == [("p", 1, 10), ("q", 1, 20)]
    assert merged.load().extracts == []
    assert merged.current() == [("p", 1, 11), ("q", 1, 20)]


def test_a_withdrawn_row_stays_with_its_flag_so_that_an_older_version_does_not_bring_it_back(merged: Merged) -> None:
    merged.deliver("orders", ("p", 1, 10, "2024-03-02", "true"))
    merged.load()
    merged.deliver("orders", ("p", 1, 9, "2024-03-01", None))
    merged.load()
    assert merged.current("value, _is_withdrawn, _extract_id, _line") == [(10, True, 1, 2)]
    merged.deliver("orders", ("p", 1, 11, "2024-03-03", None))
    merged.load()
    assert merged.current("value, _is_withdrawn, _extract_id, _line") == [(11, False, 3, 2)]


def test_only_keys_of_new_extracts_are_touched(merged: Merged) -> None:
    merged.deliver("orders", ("p", 1, 10, None, None), ("q", 1, 20, None, None))
    merged.load()
    # What nobody delivered again is left as it is, even when it is wrong.
    merged.shop.connection.execute("update current.shop__orders set value = -1")
    merged.deliver("orders", ("p", 1, 11, None, None))
    merged.load()
    assert merged.current() == [("p", 1, 11), ("q", 1, -1)]


def test_with_another_key_or_column_all_versions_are_ranked_anew(merged: Merged) -> None:
    merged.deliver("orders", ("p", 1, 10, "2024-03-01", None), ("p", 2, 20, "2024-03-02", None), ("p", None, 30, None, None))
    assert merged.load().extracts[0].rows_accepted == 2
    merged.shop.declare(DECLARATION.replace("key: [a, b]", "key: [a]"))
    merged.load()
    assert merged.current() == [("p", 2, 20)]
    # Under the narrower key a row without b comes in; under the wider one it still counts, once.
    merged.deliver("orders", ("p", None, 40, "2024-03-03", None), ("p", None, 50, "2024-03-04", None))
    merged.load()
    merged.shop.declare(DECLARATION)
    merged.load()
    assert sorted(merged.current("value")) == [(10,), (20,), (50,)]
    merged.deliver("orders", ("p", 1, 60, None, None))
    merged.load()
    merged.assert_equal_to_ranking()
    merged.shop.declare(DECLARATION.replace("- {name: updated_at, data_type: timestamp}\n", "- {name: note, data_type: text}\n"))
    merged.load()
    assert sorted(merged.current("value")) == [(20,), (50,), (60,)]


def test_a_warehouse_of_before_gets_its_tables_with_the_next_load(merged: Merged) -> None:
    merged.deliver("orders", ("p", 1, 10, None, None))
    merged.load()
    merged.shop.connection.execute("drop schema current cascade")
    merged.reopen()
    assert merged.current() == []
    merged.load()
    assert merged.current() == [("p", 1, 10)]


def test_extracts_of_another_source_and_of_feeds_that_are_gone_are_left_alone(merged: Merged, tmp_path: Path) -> None:
    merged.deliver("events", ("p", 1))
    merged.deliver("orders", ("p", 1, 10, None, None))
    merged.load()
    merged.shop.connection.execute("update current.merged_extracts set feed_table = 'other__orders' where extract_id = 1")
    merged.shop.declare(DECLARATION[: DECLARATION.index("      - name: events")])
    merge_new_extracts(merged.shop.connection, merged.shop.source)
    assert merged.current() == [("p", 1, 10)]
    prepare_raw(merged.shop.connection, {})
    assert merged.current() == [("p", 1, 10)]
