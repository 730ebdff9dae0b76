"""Whatever is killed while Spark builds: readers keep the last snapshot, nothing is left at work, and the next refresh is right."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.extracts import day_of, deliver, extract_files
from tests.support.spark import ON_SPARK, cluster, java_processes, made_anew, why_not
from tests.support.warehouse import PROJECT_ROOT, differing_marts, refreshed

pytestmark = [pytest.mark.skipif(why_not() is not None, reason=str(why_not())), pytest.mark.timeout(7200)]


@pytest.fixture
def landing(tmp_path: Path, small_home: Path) -> Path:
    """What a small shop delivered, less its last day."""
    files = extract_files(small_home / "landing")
    deliver(small_home / "landing", tmp_path / "landing", [file for file in files if day_of(file) < max(map(day_of, files))])
    return tmp_path / "landing"


def begun(home: Path, landing: Path, *, built: str, count: int = 1, **environment: str) -> subprocess.Popen[bytes]:
    """A refresh on Spark that has built ``count`` tables of the schema ``built``."""
    before = set(home.glob(f"spark/tables/*/{built}.db/*"))
    process = subprocess.Popen(
        [sys.executable, "-c", "from command_line.app import main; main()", "refresh", "--home", home, "--landing", landing],
        cwd=PROJECT_ROOT,
        env={**os.environ, **ON_SPARK, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: len(set(home.glob(f"spark/tables/*/{built}.db/*")) - before) >= count or process.poll() is not None)
    assert process.poll() is None, f"the refresh ended before {built} was built"
    return process


def wait_for(happened: Callable[[], bool], seconds: float = 1200) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def test_readers_keep_their_snapshot_and_the_refresh_after_the_kills_is_right(landing: Path, small_home: Path, tmp_path: Path) -> None:
    home, of_duckdb = tmp_path / "home", tmp_path / "of_duckdb"
    current = home / "published" / "current"
    refreshed(of_duckdb, landing)
    refreshed(home, landing, environment=ON_SPARK)
    before = current.readlink()
    deliver(small_home / "landing", landing, extract_files(small_home / "landing"))

    refresh = begun(home, landing, built="staging")
    refresh.kill()
    refresh.wait()
    wait_for(lambda: java_processes(str(home)) == [], seconds=30)
    assert current.readlink() == before

    # It goes on from the build that was taken back, and what it had made to its end is taken back too.
    refresh = begun(home, landing, built="notes", count=8)
    for driver in java_processes(str(home)):
        os.kill(driver, signal.SIGKILL)
    assert refresh.wait(timeout=600) != 0
    assert made_anew(home)["some"] > 0
    assert current.readlink() == before
    assert differing_marts(home, of_duckdb) == {}

    # On a cluster that loses an executor in the middle.
    (tmp_path / "work").mkdir()
    with cluster(tmp_path) as (master, _):
        refresh = begun(home, landing, built="core", AFTERSALES_SPARK_MASTER=master, SPARK_LOCAL_IP="127.0.0.1")
        executors = java_processes(str(tmp_path / "work"))
        assert len(executors) == 2
        os.kill(executors[0], signal.SIGKILL)
        assert refresh.wait(timeout=1800) == 0
    assert made_anew(home)["none"] > 0, "what the killed one had made was made again"
    assert current.readlink() != before
    refreshed(of_duckdb, landing)
    assert differing_marts(home, of_duckdb) == {}
    assert len(list(home.glob("spark/tables/*"))) == 1, "what the killed ones had built is still there"

    # And back again.
    refreshed(home, landing, environment={"AFTERSALES_ENGINE": "duckdb"})
    assert differing_marts(home, of_duckdb) == {}
