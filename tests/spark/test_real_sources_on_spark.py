"""A cluster of two workers publishes of four real sources what DuckDB does: of Olist by itself, 20,000 orders, and of all four in one home,
thirteen years apart, which makes of little that is loaded millions of figures.

In that one Olist is the orders of the north of Brazil; the incidents, the contacts and the order lines are whole.
"""

import csv
import shutil
from pathlib import Path

import pytest

from tests.support.spark import assert_the_same_is_published, cluster, on_cluster, why_not
from tests.support.warehouse import copied_project, published, real_data, refreshed

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

WHOLE = ("incidents", "online_retail", "support_csat")
SOURCES = ", ".join(["olist", *WHOLE])
NORTH = {"AC", "AM", "AP", "PA", "RO", "RR", "TO"}


def test_four_real_sources_come_to_the_same_marts(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    for source in WHOLE:
        shutil.copytree(real_data() / source, landing / source)
    deliver_the_north(real_data() / "olist", landing / "olist")
    project = with_these_sources(tmp_path / "project")

    refreshed(tmp_path / "duckdb", landing, project=project)
    with cluster(tmp_path, memory="4g") as (address, _):
        refreshed(tmp_path / "spark", landing, project=project, environment=on_cluster(tmp_path, address, "4g"))
    assert_the_same_is_published(tmp_path / "spark", tmp_path / "duckdb")
    with published(tmp_path / "spark") as marts:
        (rows,) = marts.execute("select count(*) from scoreboard.kpi_scoreboard").fetchall()[0]
    assert rows > 6_000_000, "no longer what this test is for"


def test_the_whole_of_olist_comes_to_the_same_marts(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    shutil.copytree(real_data() / "olist", landing / "olist")
    refreshed(tmp_path / "duckdb", landing)
    with cluster(tmp_path, memory="4g") as (address, _):
        refreshed(tmp_path / "spark", landing, environment=on_cluster(tmp_path, address, "4g"))
    assert_the_same_is_published(tmp_path / "spark", tmp_path / "duckdb")
    with published(tmp_path / "spark") as marts:
        assert marts.execute("select count(*) from core.fct_orders").fetchall()[0][0] == 20_000


def with_these_sources(folder: Path) -> Path:
    project = copied_project(folder)
    settings = project / "dbt_project.yml"
    before = settings.read_text(encoding="utf-8")
    after = before.replace("source_systems: [contract, olist, support_csat, incidents]", f"source_systems: [{SOURCES}]")
    assert after != before
    settings.write_text(after, encoding="utf-8")
    return project


def deliver_the_north(olist: Path, landing: Path) -> None:
    """The north's customers, with what hangs on them."""
    landing.mkdir()
    customers = deliver_rows(olist, landing, "customers", "customer_state", NORTH)
    orders = deliver_rows(olist, landing, "orders", "customer_id", {row["customer_id"] for row in customers})
    order_ids = {row["order_id"] for row in orders}
    for table in ("order_payments", "order_reviews"):
        deliver_rows(olist, landing, table, "order_id", order_ids)
    items = deliver_rows(olist, landing, "order_items", "order_id", order_ids)
    deliver_rows(olist, landing, "products", "product_id", {row["product_id"] for row in items})
    deliver_rows(olist, landing, "sellers", "seller_id", {row["seller_id"] for row in items})


def deliver_rows(olist: Path, landing: Path, table: str, column: str, wanted: set[str]) -> list[dict[str, str]]:
    name = f"olist_{table}_dataset.csv"
    with (olist / name).open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row[column] in wanted]
    with (landing / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return rows
