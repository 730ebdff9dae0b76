"""Whatever is killed while Spark builds: readers keep the last snapshot, nothing is left at work, and the next refresh is right."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.spark import ON_SPARK, cluster, java_processes, why_not
from tests.support.warehouse import PROJECT_ROOT, differing_marts, refreshed

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


@pytest.fixture
def home(tmp_path: Path, small_home: Path) -> Path:
    """A home that was refreshed with DuckDB."""
    shutil.copytree(small_home / "home", tmp_path / "home", symlinks=True)
    return tmp_path / "home"


def begun(home: Path, landing: Path, *, built: str, **environment: str) -> subprocess.Popen[bytes]:
    """A refresh on Spark that has built some tables of the schema ``built``."""
    before = set(home.glob(f"spark/tables/*/{built}.db/*"))
    process = subprocess.Popen(
        [sys.executable, "-c", "from command_line.app import main; main()", "refresh", "--home", home, "--landing", landing],
        cwd=PROJECT_ROOT,
        env={**os.environ, **ON_SPARK, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: set(home.glob(f"spark/tables/*/{built}.db/*")) > before or process.poll() is not None)
    assert process.poll() is None, f"the refresh ended before {built} was built"
    return process


def wait_for(happened: Callable[[], bool], seconds: float = 1200) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def test_readers_keep_their_snapshot_and_the_refresh_after_the_kills_is_right(home: Path, small_home: Path, tmp_path: Path) -> None:
    landing, current = small_home / "landing", home / "published" / "current"
    before = current.readlink()

    refresh = begun(home, landing, built="staging")
    refresh.kill()
    refresh.wait()
    wait_for(lambda: java_processes(str(home)) == [], seconds=30)
    assert current.readlink() == before

    refresh = begun(home, landing, built="intermediate")
    for driver in java_processes(str(home)):
        os.kill(driver, signal.SIGKILL)
    assert refresh.wait(timeout=600) != 0
    assert current.readlink() == before
    assert differing_marts(home, small_home / "home") == {}

    # On a cluster that loses an executor in the middle.
    (tmp_path / "work").mkdir()
    with cluster(tmp_path) as (master, _):
        refresh = begun(home, landing, built="core", AFTERSALES_SPARK_MASTER=master, SPARK_LOCAL_IP="127.0.0.1")
        executors = java_processes(str(tmp_path / "work"))
        assert len(executors) == 2
        os.kill(executors[0], signal.SIGKILL)
        assert refresh.wait(timeout=1800) == 0
    assert current.readlink() != before
    assert differing_marts(home, small_home / "home") == {}
    assert len(list(home.glob("spark/tables/*"))) == 1, "what the killed ones had built is still there"

    # And back again.
    refreshed(home, landing, environment={"AFTERSALES_ENGINE": "duckdb"})
    assert differing_marts(home, small_home / "home") == {}
