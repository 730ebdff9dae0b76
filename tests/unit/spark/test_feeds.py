"""What Spark reads of the warehouse. Needs no Spark: it is Parquet."""

from datetime import UTC, datetime
from pathlib import Path

from orchestration.connections import connected
from orchestration.spark.feeds import write_feeds

NOON = datetime(2026, 3, 29, 12, 0, 0, 123456, tzinfo=UTC)


def test_spark_reads_each_table_of_the_loader_with_moments_in_utc(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    with connected(warehouse) as connection:
        connection.execute("create schema raw; create schema current; create schema core")
        connection.execute(
            "create table raw.shop__orders as select 'a' as id, timestamp '2026-03-29 12:00:00.123456' as told_at, 1 as _extract_id"
        )
        connection.execute("create table current.shop__orders as from raw.shop__orders; create table core.fct_orders as select 1 as a")
    for _ in range(2):
        write_feeds(warehouse, tmp_path / "feeds")
    written = sorted(str(file.relative_to(tmp_path / "feeds")) for file in (tmp_path / "feeds").rglob("*.parquet"))
    assert written == ["current/shop__orders/rows.parquet", "raw/shop__orders/rows.parquet"]
    with connected(":memory:") as connection:
        row = connection.execute(f"select id, told_at, _extract_id from '{tmp_path}/feeds/raw/shop__orders/rows.parquet'").fetchall()
    assert row == [("a", NOON, 1)]
