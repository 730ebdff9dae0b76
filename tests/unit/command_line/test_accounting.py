"""``aftersales status --accounting`` says where every row went, of the last run, or of the published one where that is all there is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.accounting import RowCount, Stage
from orchestration.accounting.recording import write_row_accounting
from orchestration.connections import connected
from orchestration.home import Home

Run = Callable[..., Any]
Words = Callable[[str], str]


def count(stage: Stage, rows_in: int, rows_out: int, *, doubled: int = 0, **left_out: int) -> RowCount:
    return RowCount(stage, "contract", "orders", "before", "after", rows_in, rows_out, doubled, left_out)


BALANCED = [
    count(Stage.CORE, 900, 900),
    count(Stage.INTERMEDIATE, 905, 900, not_yet_known=5),
    count(Stage.STAGING, 2474, 905, superseded=1562, withdrawn=7),
    count(Stage.LOAD, 2493, 2474, rejected_open=9, rejected_since_replaced=10),
    RowCount(Stage.LOAD, "olist", "sellers", "files", "raw.olist__sellers", 0, 0),
]


def record(home: Home, counts: list[RowCount], run_id: str) -> None:
    with connected(home.warehouse) as connection:
        write_row_accounting(connection, counts, run_id=run_id)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_it_says_in_words_and_numbers_where_rows_went(run: Run, home: Home, words: Words) -> None:
    record(home, BALANCED, "run-1")
    result = run("status", "--accounting", "--home", home.root)
    shown = words(result.stdout)
    assert result.exit_code == 0, result.stderr
    assert "load files → raw tables 2,493 19 2,474 0 0" in shown
    assert "staging raw tables → current rows of the source 2,474 1,569 905 0 0" in shown
    assert "load contract.orders 2,493 2,474 rejected open 9, rejected since replaced 10 balance" in shown
    assert shown.index("load contract.orders") < shown.index("staging contract.orders") < shown.index("core contract.orders")
    assert "Every row is accounted for." in shown
    assert "sellers" not in shown


def test_it_names_the_stage_that_lost_rows_and_how_many(run: Run, home: Home, words: Words) -> None:
    record(home, BALANCED, "run-1")
    record(
        home,
        [
            count(Stage.LOAD, 10, 10),
            count(Stage.STAGING, 10, 7),
            count(Stage.INTERMEDIATE, 7, 9, doubled=2),
            count(Stage.CORE, 9, 8, doubled=1),
        ],
        "run-2",
    )
    shown = words(run("status", "--accounting", "--home", home.root).stdout)
    assert "staging raw tables → current rows of the source 10 0 7 3 0" in shown
    assert "staging contract.orders 10 7 do not balance" in shown
    assert "staging, contract.orders: 3 rows were lost without a name." in shown
    assert "intermediate, contract.orders: 2 rows are too many and 2 rows are there twice." in shown
    assert "core, contract.orders: 1 rows were lost without a name and 1 rows are there twice." in shown
    assert "Every row is accounted for." not in shown


def test_it_says_when_the_last_run_was_not_published(run: Run, home: Home, published_home: Home, words: Words) -> None:
    record(home, BALANCED, "run-2")
    assert "of the last run, which was not published" in words(run("status", "--accounting", "--home", home.root).stdout)
    home.published.symlink_to(published_home.published)
    record(home, BALANCED, "run-1")
    assert "which was not published" not in words(run("status", "--accounting", "--home", home.root).stdout)


def test_who_may_not_open_the_warehouse_sees_what_was_published(run: Run, home: Home, published_home: Home, words: Words) -> None:
    home.published.symlink_to(published_home.published)
    home.warehouse.write_bytes(b"held, forbidden or damaged")
    shown = words(run("status", "--accounting", "--home", home.root).stdout)
    assert "load contract.orders 12,345 12,340 rejected open 5 balance" in shown
    assert "not published" not in shown


def test_without_any_accounting_it_says_what_to_run(run: Run, home: Home) -> None:
    result = run("status", "--accounting", "--home", home.root)
    assert result.exit_code == 1
    assert "Run: aftersales refresh" in result.stderr
