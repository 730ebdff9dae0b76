"""What has not changed is taken over from the current snapshot, and what comes of it is what a snapshot made anew is, to the byte."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from orchestration.publishing import copying
from reading.manifest import file_sha256
from reading.snapshot import damage
from tests.unit.publishing.large_shop import FEBRUARY, ONE_OF_FEBRUARY, PARTS, insist_same_as_made_anew, large_shop, parts, written
from tests.unit.publishing.shop import Shop, opened


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop whose orders are cut by month, published once."""
    return large_shop(tmp_path)


def test_a_large_table_is_cut_by_month_and_a_small_one_is_one_part(shop: Shop) -> None:
    published = shop.publish()
    assert {name: part.rows for name, part in parts(published).items()} == PARTS
    assert parts(published)["2026-02"].file == "parquet/core/fct_orders/2026-02.parquet"
    assert {name: part.rows for name, part in parts(published, "satisfaction.kpi_satisfaction").items()} == {"all": 31}


def test_one_changed_row_touches_its_month_and_what_is_untouched_is_the_same_file(shop: Shop, tmp_path: Path) -> None:
    first = (shop.published / "current").resolve()
    shop.change(f"update core.fct_orders set order_amount = 7 where {ONE_OF_FEBRUARY}")
    built = shop.build()
    assert "What has not changed since was taken over from v000001-20260131T173000Z." in built.messages
    second = shop.announce()
    assert written(second) == {"fct_orders/2026-02"}
    same = {str(file.relative_to(first)): (second.path / file.relative_to(first)).samefile(file) for file in first.rglob("*.parquet")}
    assert {name for name, is_same in same.items() if not is_same} == {
        "parquet/core/fct_orders/2026-02.parquet",
        "parquet/quality/check_results/all.parquet",
        "parquet/quality/rejected_rows/all.parquet",
    }
    assert not (second.path / "marts.duckdb").samefile(first / "marts.duckdb")
    assert damage(first) == damage(second.path) == []
    insist_same_as_made_anew(shop, second, tmp_path / "anew")


def test_of_a_part_that_changed_the_rows_of_its_changed_days_are_compared_and_no_others(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = copying._compare  # pyright: ignore[reportPrivateUsage]
    compared: dict[str, list[tuple[int]]] = {}

    def watched(connection: Any, copy: Any, *others: Any) -> Any:
        expected = compare(connection, copy, *others)
        sides = (f"select count(*) from {side}_rows" for side in ("new", "old"))
        compared[copy.table.name] = [connection.execute(counted).fetchone() for counted in sides]
        return expected

    monkeypatch.setattr(copying, "_compare", watched)
    shop.change(
        f"update core.fct_orders set order_amount = 7 where {ONE_OF_FEBRUARY}",
        "delete from core.fct_orders where ordered_at = '2026-02-11 00:00:00'",
    )
    published = shop.publish()
    # An order an hour: 24 of the 10th, and of the 11th one less than before.
    assert compared == {"fct_orders": [(47,), (48,)]}
    insist_same_as_made_anew(shop, published, tmp_path / "anew")


@pytest.mark.parametrize(
    ("statement", "touched"),
    [
        ("select 1", set[str]()),
        (f"update core.fct_orders set ordered_at = '2026-04-30 23:30:00' where {ONE_OF_FEBRUARY}", {"2026-02", "2026-04"}),
        (f"update core.fct_orders set ordered_at = '2026-06-01 00:00:00' where {ONE_OF_FEBRUARY}", {"2026-02", "2026-06"}),
        (f"update core.fct_orders set ordered_at = null where {ONE_OF_FEBRUARY}", {"2026-02", "undated"}),
        (f"update core.fct_orders set ordered_at = 'infinity' where {ONE_OF_FEBRUARY}", {"2026-02", "undated"}),
        (f"update core.fct_orders set ordered_at = '10000-01-01 00:00:00' where {ONE_OF_FEBRUARY}", {"2026-02", "undated"}),
        (f"update core.fct_orders set ordered_at = '9999-12-31 23:59:59' where {ONE_OF_FEBRUARY}", {"2026-02", "9999-12"}),
        (f"update core.fct_orders set ordered_at = '0001-01-01 00:00:00' where {ONE_OF_FEBRUARY}", {"2026-02", "0001-01"}),
        (f"delete from core.fct_orders where {ONE_OF_FEBRUARY}", {"2026-02"}),
        (f"delete from core.fct_orders where {FEBRUARY}", set[str]()),
        (f"insert into core.fct_orders select * from core.fct_orders where {ONE_OF_FEBRUARY}", {"2026-02"}),
        (f"update core.fct_orders set customer_key = 'contract:new' where {ONE_OF_FEBRUARY}", {"2026-02"}),
        # Not published, so nothing changed.
        (f"update core.fct_orders set internal_note = 'other' where {ONE_OF_FEBRUARY}", set[str]()),
        # The moment moves on: the order that bore it goes back to its month, another one is open.
        ("update intermediate.int_as_of__resolved set as_of_at = '2026-03-01 00:00:00'", {"2026-01", "2026-03", "open"}),
    ],
)
def test_a_change_touches_the_parts_it_is_in_and_gives_what_a_new_snapshot_gives(
    shop: Shop, tmp_path: Path, statement: str, touched: set[str]
) -> None:
    shop.change(statement)
    published = shop.publish()
    assert written(published) == {f"fct_orders/{part}" for part in touched}
    insist_same_as_made_anew(shop, published, tmp_path / "anew")


def test_of_a_month_that_vanished_nothing_is_left(shop: Shop) -> None:
    shop.change(f"delete from core.fct_orders where {FEBRUARY}")
    published = shop.publish()
    assert "2026-02" not in parts(published)
    assert not (published.path / "parquet/core/fct_orders/2026-02.parquet").exists()
    with opened(published.path) as connection:
        assert connection.execute("select count(*) from core.fct_orders").fetchone() == (3_000 - 672,)


def test_rows_that_are_equal_are_counted(shop: Shop, tmp_path: Path) -> None:
    shop.change(f"insert into core.fct_orders select orders.* from core.fct_orders as orders cross join range(3) where {ONE_OF_FEBRUARY}")
    assert parts(shop.publish())["2026-02"].rows == 675
    shop.change(f"delete from core.fct_orders where rowid = (select max(rowid) from core.fct_orders where {ONE_OF_FEBRUARY})")
    published = shop.publish()
    assert parts(published)["2026-02"].rows == 674
    insist_same_as_made_anew(shop, published, tmp_path / "anew")


@pytest.mark.parametrize("zero", ["0.0", "-0.0"])
@pytest.mark.parametrize("data_type", ["double", "float"])
def test_a_zero_has_no_sign_for_readers(shop: Shop, tmp_path: Path, zero: str, data_type: str) -> None:
    made = "create or replace table satisfaction.kpi_satisfaction as select period_start, cast('{}' as {}) as csat_rate, marker from "
    shop.change(made.format(zero, data_type) + "satisfaction.kpi_satisfaction")
    with opened(shop.publish().path) as connection:
        assert connection.execute("select distinct signbit(csat_rate), csat_rate from satisfaction.kpi_satisfaction").fetchall() == [
            (False, 0)
        ]
    shop.change(made.format("0.0" if zero == "-0.0" else "-0.0", data_type) + "satisfaction.kpi_satisfaction")
    published = shop.publish()
    assert written(published) == set()
    insist_same_as_made_anew(shop, published, tmp_path / "anew")


def test_a_large_table_that_has_dates_and_no_moments_is_cut_too(shop: Shop, tmp_path: Path) -> None:
    shop.split_from_rows = 31
    shop.change("update satisfaction.kpi_satisfaction set period_start = '2026-02-01' where period_start = '2026-01-07'")
    published = shop.publish()
    assert {name: part.rows for name, part in parts(published, "satisfaction.kpi_satisfaction").items()} == {"2026-01": 30, "2026-02": 1}
    insist_same_as_made_anew(shop, published, tmp_path / "anew")


@pytest.mark.parametrize("compared_from", [0, 20_000])
def test_a_table_that_outgrows_one_part_and_shrinks_again_is_cut_by_what_it_has_now(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compared_from: int
) -> None:
    monkeypatch.setattr(copying, "_COMPARED_FROM_ROWS", compared_from)
    shop.split_from_rows = 3_001
    assert set(parts(shop.publish())) == {"all"}
    shop.change(f"insert into core.fct_orders select * from core.fct_orders where {ONE_OF_FEBRUARY}")
    grown = shop.publish()
    assert set(parts(grown)) == set(PARTS)
    insist_same_as_made_anew(shop, grown, tmp_path / "grown")
    shop.change(f"delete from core.fct_orders where rowid = (select max(rowid) from core.fct_orders where {ONE_OF_FEBRUARY})")
    shrunk = shop.publish()
    assert {name: part.rows for name, part in parts(shrunk).items()} == {"all": 3_000}
    insist_same_as_made_anew(shop, shrunk, tmp_path / "shrunk")


def test_a_table_of_which_most_rows_changed_is_made_whole_and_its_untouched_parts_stay(shop: Shop, tmp_path: Path) -> None:
    shop.change("update core.fct_orders set order_amount = 7 where ordered_at < '2026-03-15'")
    published = shop.publish()
    assert written(published) == {"fct_orders/2026-01", "fct_orders/2026-02", "fct_orders/2026-03", "fct_orders/open"}
    insist_same_as_made_anew(shop, published, tmp_path / "anew")


def test_a_mart_without_rows_has_one_empty_part(shop: Shop, tmp_path: Path) -> None:
    shop.change("delete from satisfaction.kpi_satisfaction")
    published = shop.publish()
    assert {name: part.rows for name, part in parts(published, "satisfaction.kpi_satisfaction").items()} == {"all": 0}
    insist_same_as_made_anew(shop, published, tmp_path / "anew")
    assert written(shop.publish()) == set()


def test_a_mart_that_is_a_view_is_published_too(shop: Shop, tmp_path: Path) -> None:
    shop.change(
        "create table core.behind as from satisfaction.kpi_satisfaction",
        "drop table satisfaction.kpi_satisfaction",
        "create view satisfaction.kpi_satisfaction as from core.behind",
    )
    shop.publish()
    shop.change("update core.behind set marker = 5 where period_start = '2026-01-07'")
    insist_same_as_made_anew(shop, shop.publish(), tmp_path / "anew")


@pytest.mark.parametrize(("seed", "compared_from"), [(0, 0), (1, 0), (2, 20_000)])
def test_days_of_random_changes_give_what_a_new_snapshot_gives(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, compared_from: int
) -> None:
    monkeypatch.setattr(copying, "_COMPARED_FROM_ROWS", compared_from)
    chance = random.Random(seed)

    def one(conditions: str = "true") -> str:
        return f"rowid in (select rowid from core.fct_orders where {conditions} order by hash(rowid + {chance.randrange(10**6)}) limit 5)"

    for day in range(6):
        changes = [
            f"update core.fct_orders set order_amount = {chance.randrange(1, 4)} where {one()}",
            f"update core.fct_orders set ordered_at = ordered_at + to_days({chance.randrange(-40, 40)}) where {one()}",
            f"update core.fct_orders set customer_key = 'contract:customer-{chance.randrange(20)}' where {one()}",
            f"update core.fct_orders set ordered_at = null where {one()}",
            f"delete from core.fct_orders where {one()}",
            f"insert into core.fct_orders select * from core.fct_orders where {one()}",
            f"delete from core.fct_orders where month(ordered_at) = {chance.randrange(1, 12)}",
            "create or replace table core.fct_orders as select * from core.fct_orders order by hash(order_key)",
            f"update satisfaction.kpi_satisfaction set csat_rate = csat_rate * -{chance.random()} where day(period_start) = 3",
            f"update intermediate.int_as_of__resolved set as_of_at = as_of_at + to_hours({chance.randrange(1, 40)})",
        ]
        shop.change(*chance.sample(changes, chance.randrange(1, 6)))
        published = shop.publish(keep=2)
        insist_same_as_made_anew(shop, published, tmp_path / f"anew-{day}")


def test_where_no_link_can_be_made_the_file_is_copied(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    first = (shop.published / "current").resolve()
    monkeypatch.setattr(copying.os, "link", no_links)
    published = shop.publish()
    name = "parquet/core/fct_orders/2026-02.parquet"
    assert written(published) == set()
    assert not (published.path / name).samefile(first / name)
    assert file_sha256(published.path / name) == file_sha256(first / name)


def test_deleted_rows_stay_marked_as_dead_until_they_are_a_quarter(shop: Shop, tmp_path: Path) -> None:
    def places() -> int:
        """The rows of the orders with those that are dead."""
        with opened((shop.published / "current").resolve()) as connection:
            (held,) = connection.execute("select estimated_size from duckdb_tables() where table_name = 'fct_orders'").fetchall()
        return held[0]

    assert places() == 3_000
    shop.change("update core.fct_orders set order_amount = 7 where ordered_at < '2026-02-10'")
    shop.publish()
    assert places() == 3_960
    # 960 of 3,960 rows are dead, which is less than a quarter.
    shop.change("update core.fct_orders set order_amount = 8 where ordered_at < '2026-01-11'")
    shop.publish()
    assert places() == 4_200
    # Now 1,200 of 4,200 are: DuckDB clears away what makes a group of rows less.
    shop.change(f"update core.fct_orders set order_amount = 9 where {ONE_OF_FEBRUARY}")
    published = shop.publish()
    assert places() < 4_200
    insist_same_as_made_anew(shop, published, tmp_path / "anew")
