"""A refresh with Apache Spark as the engine, beside one with DuckDB: readers get the same. Minutes, so only of ``make test-spark``."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.spark import ON_SPARK, why_not
from tests.support.warehouse import differing_marts, published, refreshed

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


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
