"""However the same extracts arrive, the published marts are the same.

Each way of arriving is loaded in its own steps, and built and published once, at the end: here a build is one of everything, and no model
reads an earlier state of its own (``test_thirty_daily_refreshes`` insists on it, where days come in their order); what is made anew of
parts has tests of its own.
"""

import random
import shutil
from pathlib import Path

import pytest

from tests.support.compiled_models import CompiledProject, build, compiled_project, load, new_warehouse, publish
from tests.support.extracts import deliver, extract_files
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
        loaded(project, folder, extracts)
        published_anew(project, folder)

    return made_once(tmp_path_factory, "delivery_in_one_go", make)


def loaded(project: CompiledProject, home: Path, landing: Path) -> None:
    """Load what is new."""
    warehouse = home / "warehouse.duckdb"
    if not warehouse.exists():
        new_warehouse(project, warehouse)
    extracts = load(warehouse, landing).extracts
    assert extracts
    assert [extract.file_name for extract in extracts if extract.refusal_reason is not None] == []


def published_anew(project: CompiledProject, home: Path) -> None:
    """Build and publish."""
    build(project, home / "warehouse.duckdb")
    publish(project, home / "warehouse.duckdb", home / "published")


def test_the_marts_are_not_empty(home_of_one_delivery: Path) -> None:
    assert len(mart_tables(home_of_one_delivery)) > 20
    with published(home_of_one_delivery) as connection:
        for table in ("core.fct_orders", "core.fct_tickets", "core.fct_survey_responses", "scoreboard.kpi_scoreboard"):
            assert connection.execute(f"from {table} limit 1").fetchall() != [], table


def test_shuffled_batches_with_every_file_twice_equal_one_go(
    project: CompiledProject, extracts: Path, home_of_one_delivery: Path, tmp_path: Path
) -> None:
    files = extract_files(extracts)
    random.Random(5).shuffle(files)
    batches = (files[::3], files[1::3], files[2::3])
    # Each file comes again under another name: the first third beside itself, the second after itself, the last beside itself.
    again = (batches[0], [], batches[1] + batches[2])
    for batch, copies in zip(batches, again, strict=True):
        deliver(extracts, tmp_path / "landing", batch)
        for path in copies:
            name = path.name.split(".")[0]
            shutil.copyfile(extracts / path, tmp_path / "landing" / path.with_name(path.name.replace(name, f"{name}-again", 1)))
        loaded(project, tmp_path / "home", tmp_path / "landing")
    published_anew(project, tmp_path / "home")
    assert differing_marts(tmp_path / "home", home_of_one_delivery) == {}
