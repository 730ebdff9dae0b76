"""A refresh with Apache Spark as the engine, beside one with DuckDB: readers get the same. Minutes: CI and ``make test-spark`` run it."""

from pathlib import Path

import pytest

from tests.support.spark import ON_SPARK, assert_the_same_is_published, why_not
from tests.support.warehouse import refreshed

pytestmark = pytest.mark.skipif(why_not(is_the_one=True) is not None, reason=str(why_not(is_the_one=True)))


def test_a_small_shop_comes_to_the_same_marts(tmp_path: Path, small_home: Path) -> None:
    refreshed(tmp_path / "home", small_home / "landing", environment=ON_SPARK)
    assert_the_same_is_published(tmp_path / "home", small_home / "home")
