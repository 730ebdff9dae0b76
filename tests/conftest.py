"""Fixtures that more than one folder of tests needs: homes that were refreshed once and are only read after that."""

import atexit
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer

from tests.faults.harness.reduced import reduced_project
from tests.support.scheduling import SharedHomeScheduling
from tests.support.warehouse import SHARED_FOLDER, aftersales, made_once, real_data, refreshed, shared_folder
from tests.support.warm import warm_python


@atexit.register
def end_in_silence() -> None:
    """Let nothing be printed once all is over: Hypothesis keeps the modules of its tests, of which DuckDB's bindings complain at length.

    Registered before what the tests register, so that it comes last.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


MAIN_MODULE = sys.modules["__main__"]

CUSTOMER_KEY = "0123456789abcdef0123456789abcdef"

# The same examples in every run: a red one is red again. `--hypothesis-profile=default` looks for others.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharedHomeScheduling:
    """Spread the tests over the test processes so that what they start from is made once."""
    return SharedHomeScheduling(config, log)


@pytest.fixture(autouse=True)
def own_main_module() -> Iterator[None]:
    """Streamlit puts a page in the place of the main module and leaves it there; processes started later would run it."""
    yield
    sys.modules["__main__"] = MAIN_MODULE


@pytest.fixture(scope="session", autouse=True)
def one_customer_key(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Homes of one test run share the customer key, so that their snapshots can be compared."""
    patch = pytest.MonkeyPatch()
    patch.setenv("AFTERSALES_CUSTOMER_KEY", CUSTOMER_KEY)
    # Hundreds of refreshes do without a report that nobody opens; what it says is tested by itself.
    patch.setenv("AFTERSALES_REPORT", "")


@pytest.fixture(scope="session", autouse=True)
def one_shared_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is made once for all test processes has its place, also where no fixture asks for it."""
    patch = pytest.MonkeyPatch()
    patch.setenv(SHARED_FOLDER, str(shared_folder(tmp_path_factory)))


@pytest.fixture(scope="session")
def real_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home refreshed from real extracts of the same years that know nothing of one another: a shop's (Olist), a desk's incidents."""
    landing = real_data()

    def make(folder: Path) -> None:
        refreshed(folder, landing, "--source", "olist", "--source", "incidents")

    return made_once(tmp_path_factory, "real_home", make)


@pytest.fixture(scope="session")
def shop_landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extracts of a simulated shop large enough for its planted truths to show."""

    def make(folder: Path) -> None:
        finished = aftersales("simulate", "--out", folder, "--orders", 8000, "--days", 120, "--until", "2025-11-30", "--seed", 7)
        assert finished.returncode == 0, finished.stdout + finished.stderr

    return made_once(tmp_path_factory, "shop_landing", make)


@pytest.fixture(scope="session")
def shop_home(tmp_path_factory: pytest.TempPathFactory, shop_landing: Path) -> Path:
    """A home refreshed from the simulated shop's extracts."""

    def make(folder: Path) -> None:
        refreshed(folder, shop_landing)

    return made_once(tmp_path_factory, "shop_home", make)


@pytest.fixture(scope="session")
def small_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the extracts of a small shop (``landing``) and a home refreshed from them (``home``)."""

    def make(folder: Path) -> None:
        simulated = aftersales("simulate", "--out", folder / "landing", "--orders", 300, "--days", 10, "--until", "2025-11-15", "--seed", 3)
        assert simulated.returncode == 0, simulated.stdout + simulated.stderr
        refreshed(folder / "home", folder / "landing")

    return made_once(tmp_path_factory, "small_home", make)


@pytest.fixture(scope="session")
def reduced_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with a quarter of the models (``project``), the extracts of a small shop (``landing``), and a home that was
    refreshed from them by that project (``home``): for claims about runs and processes, whatever models they build."""

    def make(folder: Path) -> None:
        project = reduced_project(folder / "project", dbt=warm_python().dbt)
        simulated = aftersales("simulate", "--out", folder / "landing", "--orders", 60, "--days", 2, "--until", "2025-11-15", "--seed", 5)
        assert simulated.returncode == 0, simulated.stdout + simulated.stderr
        refreshed(folder / "home", folder / "landing", project=project)

    return made_once(tmp_path_factory, "reduced_home", make)
