"""However the same extracts arrive, the published marts are the same."""

import random
import shutil
from pathlib import Path

import pytest

from tests.support.compiled_models import CompiledProject, build, compiled_project, load, new_warehouse, publish
from tests.support.extracts import day_of, deliver, extract_files
from tests.support.warehouse import aftersales, differing_marts, made_once, mart_tables, published

DAYS = 4


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> CompiledProject:
    return compiled_project(tmp_path_factory)


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        simulated = aftersales("simulate", "--out", folder, "--orders", 400, "--days", DAYS, "--until", "2025-11-12", "--seed", 21)
        assert simulated.returncode == 0, simulated.stdout + simulated.stderr

    return made_once(tmp_path_factory, "delivery_extracts", make)


@pytest.fixture(scope="module")
def home_of_one_delivery(tmp_path_factory: pytest.TempPathFactory, project: CompiledProject, extracts: Path) -> Path:
    def make(folder: Path) -> None:
        refreshed(project, folder, extracts)

    return made_once(tmp_path_factory, "delivery_in_one_go", make)


def refreshed(project: CompiledProject, home: Path, landing: Path) -> None:
    """Load what is new, build and publish."""
    warehouse = home / "warehouse.duckdb"
    if not warehouse.exists():
        new_warehouse(project, warehouse)
    loaded = load(warehouse, landing)
    assert loaded.extracts
    assert [extract.file_name for extract in loaded.extracts if extract.refusal_reason is not None] == []
    build(project, warehouse)
    publish(project, warehouse, home / "published")


def test_the_marts_are_not_empty(home_of_one_delivery: Path) -> None:
    assert len(mart_tables(home_of_one_delivery)) > 20
    with published(home_of_one_delivery) as connection:
        for table in ("core.fct_orders", "core.fct_tickets", "core.fct_survey_responses", "scoreboard.kpi_scoreboard"):
            assert connection.execute(f"from {table} limit 1").fetchall() != [], table


def test_day_by_day_equals_one_go(project: CompiledProject, extracts: Path, home_of_one_delivery: Path, tmp_path: Path) -> None:
    files = extract_files(extracts)
    days = sorted({day_of(path) for path in files})
    assert len(days) >= DAYS
    for day in days:
        deliver(extracts, tmp_path / "landing", [path for path in files if day_of(path) == day])
        refreshed(project, tmp_path / "home", tmp_path / "landing")
    assert differing_marts(tmp_path / "home", home_of_one_delivery) == {}


def test_shuffled_batches_equal_one_go(project: CompiledProject, extracts: Path, home_of_one_delivery: Path, tmp_path: Path) -> None:
    files = extract_files(extracts)
    random.Random(5).shuffle(files)
    for batch in (files[::3], files[1::3], files[2::3]):
        deliver(extracts, tmp_path / "landing", batch)
        refreshed(project, tmp_path / "home", tmp_path / "landing")
    assert differing_marts(tmp_path / "home", home_of_one_delivery) == {}


def test_every_file_twice_equals_once(project: CompiledProject, extracts: Path, home_of_one_delivery: Path, tmp_path: Path) -> None:
    for path in extract_files(extracts):
        deliver(extracts, tmp_path / "landing", [path])
        shutil.copyfile(
            extracts / path,
            tmp_path / "landing" / path.with_name(path.name.replace(path.name.split(".")[0], path.name.split(".")[0] + "-again", 1)),
        )
    refreshed(project, tmp_path / "home", tmp_path / "landing")
    assert differing_marts(tmp_path / "home", home_of_one_delivery) == {}
