"""A refresh with Apache Spark as the engine, beside one with DuckDB: readers get the same. Minutes, so only of ``make test-spark``."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.warehouse import differing_marts, published, refreshed

pytest.importorskip("pyspark", reason="pyspark is not installed; Spark is the optional engine")
pytest.importorskip("dbt.adapters.spark", reason="dbt-spark is not installed; Spark is the optional engine")
if shutil.which("java") is None:
    pytest.skip("there is no Java on the PATH; Spark needs one", allow_module_level=True)
if "AFTERSALES_SPARK_TESTS" not in os.environ:
    pytest.skip("a refresh on Spark takes minutes: make test-spark", allow_module_level=True)

ON_SPARK = {"AFTERSALES_ENGINE": "spark"}


@pytest.fixture(scope="module")
def spark_home(tmp_path_factory: pytest.TempPathFactory, small_home: Path) -> Path:
    """A home refreshed with Spark from the extracts that ``small_home`` was refreshed from with DuckDB."""
    home = tmp_path_factory.mktemp("on_spark") / "home"
    refreshed(home, small_home / "landing", environment=ON_SPARK)
    return home


def column_types(home: Path) -> Mapping[tuple[str, str, str], str]:
    with published(home) as connection:
        rows = connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() where database_name = 'marts'"
        ).fetchall()
    return {(schema, table, column): data_type for schema, table, column, data_type in rows}


def test_every_mart_is_the_same_row_by_row(spark_home: Path, small_home: Path) -> None:
    assert differing_marts(spark_home, small_home / "home") == {}
    assert column_types(spark_home) == column_types(small_home / "home")


def test_the_gate_and_the_books_say_the_same(spark_home: Path, small_home: Path) -> None:
    checks = "select stage, subject, rule, status from quality.check_results order by all"
    books = "select stage, entity, from_table, to_table, rows_in, left_out, rows_out, is_balanced from quality.row_accounting order by all"
    for query in (checks, books):
        with published(spark_home) as of_spark, published(small_home / "home") as of_duckdb:
            assert of_spark.execute(query).fetchall() == of_duckdb.execute(query).fetchall()
