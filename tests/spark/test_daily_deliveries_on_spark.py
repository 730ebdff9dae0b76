"""Five days delivered one after the other, late rows and bad ones among them: after each, Spark and DuckDB publish the same."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.extracts import day_of, deliver, extract_files
from tests.support.spark import ON_SPARK, why_not
from tests.support.warehouse import aftersales, differing_marts, refreshed

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

LAST_DAY = date(2025, 11, 15)
DAYS = 5


def test_after_each_of_five_days_every_mart_is_the_same(tmp_path: Path) -> None:
    shop, landing = tmp_path / "shop", tmp_path / "landing"
    size = ("--orders", 240, "--days", 15, "--until", LAST_DAY, "--seed", 4, "--bad-rows", 0.02)
    simulated = aftersales("simulate", "--out", shop, *size)
    assert simulated.returncode == 0, simulated.stdout + simulated.stderr
    delivered: set[Path] = set()
    for number in range(DAYS + 1):
        day = LAST_DAY - timedelta(days=DAYS - number)
        new = [file for file in extract_files(shop) if day_of(file) <= day.isoformat() and file not in delivered]
        deliver(shop, landing, new)
        delivered.update(new)
        refreshed(tmp_path / "duckdb", landing)
        refreshed(tmp_path / "spark", landing, environment=ON_SPARK)
        assert differing_marts(tmp_path / "spark", tmp_path / "duckdb") == {}, day
