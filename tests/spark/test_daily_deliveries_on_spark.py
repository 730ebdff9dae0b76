"""Days delivered one after the other, late rows and bad ones among them: after each, a home that Spark builds publishes what DuckDB does.

Spark takes over from DuckDB, goes on by itself for five days, gives back to DuckDB, which goes on from there, and takes over once more.
"""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.extracts import day_of, deliver, extract_files
from tests.support.spark import ON_SPARK, made_anew, why_not
from tests.support.warehouse import aftersales, differing_marts, refreshed

pytestmark = [pytest.mark.skipif(why_not() is not None, reason=str(why_not())), pytest.mark.timeout(7200)]

LAST_DAY = date(2025, 11, 15)
ENGINES = ("spark", "spark", "spark", "spark", "spark", "spark", "duckdb", "spark")


def test_after_each_day_every_mart_is_the_same(tmp_path: Path) -> None:
    shop, landing = tmp_path / "shop", tmp_path / "landing"
    size = ("--orders", 360, "--days", 45, "--until", LAST_DAY, "--seed", 9, "--bad-rows", 0.02)
    simulated = aftersales("simulate", "--out", shop, *size)
    assert simulated.returncode == 0, simulated.stdout + simulated.stderr
    days = [LAST_DAY - timedelta(days=number) for number in reversed(range(len(ENGINES) + 1))]
    files = sorted(extract_files(shop), key=day_of)

    deliver(shop, landing, [file for file in files if day_of(file) <= days[0].isoformat()])
    refreshed(tmp_path / "duckdb", landing)
    changing = tmp_path / "changing"
    shutil.copytree(tmp_path / "duckdb", changing, symlinks=True)
    before = "duckdb"
    for day, engine in zip(days[1:], ENGINES, strict=True):
        deliver(shop, landing, [file for file in files if day_of(file) == day.isoformat()])
        refreshed(tmp_path / "duckdb", landing)
        files_before = part_files(changing)
        refreshed(changing, landing, environment=ON_SPARK if engine == "spark" else None)
        assert differing_marts(changing, tmp_path / "duckdb") == {}, f"{day}, built with {engine}"
        if engine == "spark":
            assert_only_what_changed_was_made_anew(changing, files_before) if before == "spark" else assert_all_was_made_anew(changing)
        before = engine


def part_files(home: Path) -> dict[str, int]:
    """The files of tables by period, below the folder of their build, and which they are."""
    files = home.glob("spark/tables/*/*/*/period_part=*/*.parquet")
    return {str(Path(*file.relative_to(home).parts[3:])): file.stat().st_ino for file in files}


def assert_all_was_made_anew(home: Path) -> None:
    assert set(made_anew(home)) == {"all"}


def assert_only_what_changed_was_made_anew(home: Path, before: dict[str, int]) -> None:
    made = made_anew(home)
    # One is whole each time, and of some what speaks of all periods may have changed.
    assert made["some"] > made["all"] > 0, made
    files = part_files(home)
    taken_over = {Path(file).parent for file, inode in files.items() if before.get(file) == inode}
    written = {Path(file).parent for file in files} - taken_over
    assert taken_over and written, f"{len(taken_over)} parts were taken over, {len(written)} were written"
    assert not taken_over & {Path(file).parent for file, inode in files.items() if before.get(file) != inode}, "a part was added to"
