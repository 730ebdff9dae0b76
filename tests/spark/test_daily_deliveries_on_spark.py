"""Five days delivered one after the other, late rows and bad ones among them: after each, a home that changes engines publishes the same.

Spark takes over from DuckDB, goes on by itself, gives back to DuckDB, which goes on from there, and takes over once more.
"""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.extracts import day_of, deliver, extract_files
from tests.support.spark import ON_SPARK, why_not
from tests.support.warehouse import aftersales, differing_marts, refreshed

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

LAST_DAY = date(2025, 11, 15)
ENGINES = ("spark", "spark", "duckdb", "duckdb", "spark")


def test_after_each_of_five_days_every_mart_is_the_same(tmp_path: Path) -> None:
    shop, landing = tmp_path / "shop", tmp_path / "landing"
    size = ("--orders", 240, "--days", 15, "--until", LAST_DAY, "--seed", 9, "--bad-rows", 0.02)
    simulated = aftersales("simulate", "--out", shop, *size)
    assert simulated.returncode == 0, simulated.stdout + simulated.stderr
    days = [LAST_DAY - timedelta(days=number) for number in reversed(range(len(ENGINES) + 1))]
    files = sorted(extract_files(shop), key=day_of)

    deliver(shop, landing, [file for file in files if day_of(file) <= days[0].isoformat()])
    refreshed(tmp_path / "duckdb", landing)
    shutil.copytree(tmp_path / "duckdb", tmp_path / "changing", symlinks=True)
    for day, engine in zip(days[1:], ENGINES, strict=True):
        deliver(shop, landing, [file for file in files if day_of(file) == day.isoformat()])
        refreshed(tmp_path / "duckdb", landing)
        refreshed(tmp_path / "changing", landing, environment=ON_SPARK if engine == "spark" else None)
        assert differing_marts(tmp_path / "changing", tmp_path / "duckdb") == {}, f"{day}, built with {engine}"
