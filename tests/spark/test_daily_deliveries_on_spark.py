"""Days delivered one after the other, late rows and bad ones among them: after each, a home that Spark builds publishes what DuckDB does.

Of a small shop, in one process, Spark takes over from DuckDB, goes on by itself for five days, gives back to DuckDB, which goes on from
there, and takes over once more. Of a larger one a cluster makes the first refresh and five days.
"""

import shutil
from collections.abc import Generator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.extracts import day_of, deliver, extract_files
from tests.support.spark import ON_SPARK, cluster, made_anew, on_cluster, why_not
from tests.support.warehouse import aftersales, differing_marts, refreshed

pytestmark = [pytest.mark.skipif(why_not() is not None, reason=str(why_not())), pytest.mark.timeout(7200)]

LAST_DAY = date(2025, 11, 15)
ENGINES = ("spark", "spark", "spark", "spark", "spark", "spark", "duckdb", "spark")


def test_after_each_day_every_mart_is_the_same(tmp_path: Path) -> None:
    shop, landing, changing = simulated(tmp_path, orders=360, days=45, seed=9, bad_rows=0.02), tmp_path / "landing", tmp_path / "changing"
    days = delivered_days(shop, landing, len(ENGINES))
    next(days)
    refreshed(tmp_path / "duckdb", landing)
    shutil.copytree(tmp_path / "duckdb", changing, symlinks=True)
    for day, (before, engine) in zip(days, pairwise(("duckdb", *ENGINES)), strict=True):
        files = part_files(changing)
        refresh_both(tmp_path, landing, ON_SPARK if engine == "spark" else None, f"{day}, built with {engine}")
        if engine == "spark":
            assert_only_what_changed_was_made_anew(changing, files) if before == "spark" else assert_all_was_made_anew(changing)


def test_after_each_of_five_days_on_a_cluster_every_mart_is_the_same(tmp_path: Path) -> None:
    shop, landing = simulated(tmp_path, orders=3000, days=120, seed=11, bad_rows=0.005), tmp_path / "landing"
    files: dict[str, int] = {}
    with cluster(tmp_path, memory="4g") as (address, _):
        for day in delivered_days(shop, landing, 5):
            refresh_both(tmp_path, landing, on_cluster(tmp_path, address, "4g"), str(day))
            if files:
                assert_only_what_changed_was_made_anew(tmp_path / "changing", files)
            files = part_files(tmp_path / "changing")


def simulated(folder: Path, *, orders: int, days: int, seed: int, bad_rows: float) -> Path:
    """A shop of which this share of rows is bad; with these seeds it is on no day a tenth of a feed, which the gate would stop."""
    size = ("--orders", orders, "--days", days, "--until", LAST_DAY, "--seed", seed, "--bad-rows", bad_rows)
    done = aftersales("simulate", "--out", folder / "shop", *size)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "shop"


def delivered_days(shop: Path, landing: Path, number: int) -> Generator[date]:
    """Deliver all days but the last ``number`` of them, then each of these; yields the last day that is there."""
    files = sorted(extract_files(shop), key=day_of)
    days = [LAST_DAY - timedelta(days=number) for number in reversed(range(number + 1))]
    for before, day in pairwise((date.min, *days)):
        deliver(shop, landing, [file for file in files if before.isoformat() < day_of(file) <= day.isoformat()])
        yield day


def refresh_both(folder: Path, landing: Path, environment: dict[str, str] | None, when: str) -> None:
    """Refresh the home that DuckDB builds, and in ``environment`` the one that changes, and compare what they publish."""
    refreshed(folder / "duckdb", landing)
    refreshed(folder / "changing", landing, environment=environment)
    assert differing_marts(folder / "changing", folder / "duckdb") == {}, when


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
