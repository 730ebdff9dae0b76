"""What Spark built, as the warehouse file shows it. Needs no Spark: it is Parquet."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.connections import connected
from orchestration.project import DbtManifest
from orchestration.spark.tables import forget_tables, show_tables

ORDERS = "select 'a' as order_key, timestamptz '2026-03-29 12:00:00+00' as told_at, cast(1 as integer) as item_count"

MEASURES = {"period_grain": "string", "period_start": "date", "n": "bigint"}
DAY = "select 'day' as period_grain, date '2026-03-29' as period_start, cast(1 as integer) as n"


def model(schema: str, name: str, columns: dict[str, str], materialized: str = "table") -> dict[str, Any]:
    return {
        "resource_type": "model",
        "name": name,
        "schema": schema,
        "path": f"{schema}/{name}.sql",
        "config": {"materialized": materialized},
        "columns": {column: {"name": column, "data_type": data_type} for column, data_type in columns.items()},
    }


MANIFEST = DbtManifest(
    {
        "metadata": {},
        "nodes": {
            "model.orders": model("core", "fct_orders", {"order_key": "text", "item_count": "bigint"}),
            "model.gone": model("core", "fct_gone", {}),
            "model.measures": model("measures", "measure_orders", MEASURES, materialized="by_period"),
            "model.nothing": model("measures", "measure_refunds", MEASURES, materialized="by_period"),
            "model.half": model("measures", "measure_tickets", MEASURES, materialized="by_period"),
            "model.told": model("forecast", "forecast_daily", {"series": "text", "days_ahead": "bigint"}, materialized="written_later"),
        },
    }
)


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A warehouse that DuckDB built, and beside it what Spark built: the orders alone."""
    file = tmp_path / "warehouse.duckdb"
    with connected(file) as connection:
        connection.execute("create schema core; create schema raw; create schema working; create schema forecast; create schema measures")
        connection.execute("create table core.fct_orders as select 'old' as order_key; create view core.fct_gone as select 1 as a")
        connection.execute(
            "create table working.built_keys (a int); create table measures.built_periods (a int); create table raw.a (a int)"
        )
        connection.execute("create table forecast.forecast_daily as select 'tickets' as series, cast(1 as bigint) as days_ahead")
    built = tmp_path / "tables" / "core.db" / "fct_orders"
    built.mkdir(parents=True)
    with connected(":memory:") as connection:
        connection.execute(f"copy ({ORDERS}) to '{built}/part-0.parquet' (format parquet)")
        # Of one table by period two parts, of one none, and one that was not made to its end.
        for name, parts in {
            "measure_orders": ("days-2026-03", "longer-2026"),
            "measure_refunds": (),
            "measure_tickets": ("days-2026-03",),
        }.items():
            for part in parts:
                folder = tmp_path / "tables" / "measures.db" / name / f"period_part={part}"
                folder.mkdir(parents=True)
                connection.execute(f"copy ({DAY}) to '{folder}/part-0.parquet' (format parquet)")
    for name in ("measure_orders", "measure_refunds"):
        (tmp_path / "tables" / "notes.db" / name).mkdir(parents=True)
        (tmp_path / "tables" / "notes.db" / name / "_SUCCESS").touch()
    show_tables(file, MANIFEST, tmp_path / "tables")
    return file


def relations(warehouse: Path) -> list[str]:
    with connected(warehouse, read_only=True) as connection:
        rows = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() union all "
            "select schema_name || '.' || view_name from duckdb_views() where not internal order by 1"
        ).fetchall()
    return [name for (name,) in rows]


def test_a_table_is_shown_with_the_types_that_duckdb_would_have_given_it(warehouse: Path) -> None:
    with connected(warehouse, read_only=True) as connection:
        assert connection.execute("select order_key, told_at, item_count from core.fct_orders").fetchall() == [
            ("a", datetime(2026, 3, 29, 12), 1)
        ]
        assert [column[1] for column in connection.execute("describe core.fct_orders").fetchall()] == ["VARCHAR", "TIMESTAMP", "BIGINT"]


def test_a_table_in_parts_has_the_rows_of_all_of_them_and_the_columns_of_its_contract(warehouse: Path, tmp_path: Path) -> None:
    show_tables(warehouse, MANIFEST, tmp_path / "tables")
    with connected(warehouse, read_only=True) as connection:
        for name, count in (("measure_orders", 2), ("measure_refunds", 0)):
            assert connection.execute(f"select count(*) from measures.{name}").fetchall() == [(count,)]
            columns = [column[:2] for column in connection.execute(f"describe measures.{name}").fetchall()]
            assert columns == [("period_grain", "VARCHAR"), ("period_start", "DATE"), ("n", "BIGINT")]


def test_what_was_not_built_and_what_duckdb_noted_of_its_own_build_is_gone_and_what_was_loaded_stays(warehouse: Path) -> None:
    shown = ["measures.measure_orders", "measures.measure_refunds"]
    assert relations(warehouse) == ["core.fct_orders", "forecast.forecast_daily", *shown, "raw.a"]


def test_what_is_foretold_stays_until_its_columns_are_other_ones(warehouse: Path, tmp_path: Path) -> None:
    count = "select count(*) from forecast.forecast_daily"
    with connected(warehouse) as connection:
        assert connection.execute(count).fetchall() == [(1,)]
        connection.execute("alter table forecast.forecast_daily drop column days_ahead")
    show_tables(warehouse, MANIFEST, tmp_path / "tables")
    with connected(warehouse) as connection:
        assert connection.execute(count).fetchall() == [(0,)]


def test_before_duckdb_builds_nothing_of_sparks_is_left(warehouse: Path) -> None:
    assert [forget_tables(warehouse), forget_tables(warehouse)] == [True, False]
    assert relations(warehouse) == ["forecast.forecast_daily", "raw.a"]
