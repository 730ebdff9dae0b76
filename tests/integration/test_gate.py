"""A bad mart never reaches the readers: the gate stops it, names it, and the last good snapshot stays."""

import shutil
from pathlib import Path

import pytest

from tests.support.warehouse import PROJECT_ROOT, aftersales, made_once, refreshed

PROJECT_PARTS = ("models", "seeds", "macros", "tests/data", "orchestration", "expectations", "command_line", "shop_simulator")

# What is done to a mart right after it was built, and what the message must name: mart, rule and number of rows.
PLANTED_FAULTS = {
    "a rate of 1.2": (
        "satisfaction",
        "kpi_satisfaction",
        "update {{ this }} set csat_rate = 1.2 where period_grain = 'year' and dimension = 'overall'",
        ("satisfaction.kpi_satisfaction", "csat_rate"),
    ),
    "a duplicated grain": (
        "satisfaction",
        "kpi_satisfaction",
        "insert into {{ this }} select * from {{ this }} where period_grain = 'year' and dimension = 'overall'",
        ("satisfaction.kpi_satisfaction", "unique"),
    ),
    "a refund above the payment": (
        "core",
        "fct_refunds",
        "update {{ this }} set refund_amount = refund_amount + 1000000, is_excess = true "
        "where refund_key = (select min(refund_key) from {{ this }} where order_key is not null)",
        ("core.fct_refunds", "paid"),
    ),
}


@pytest.fixture(scope="module")
def good_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        simulated = aftersales("simulate", "--out", folder / "landing", "--orders", 300, "--days", 10, "--until", "2025-11-15", "--seed", 3)
        assert simulated.returncode == 0, simulated.stdout + simulated.stderr
        refreshed(folder / "home", folder / "landing")

    return made_once(tmp_path_factory, "gate_home", make)


def project_with_hook(folder: Path, schema: str, model: str, hook: str) -> Path:
    """A copy of the project in which ``model`` is tampered with after it is built."""
    for part in PROJECT_PARTS:
        shutil.copytree(PROJECT_ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dbt_project.yml", "profiles.yml", "pyproject.toml"):
        shutil.copyfile(PROJECT_ROOT / name, folder / name)
    project_file = folder / "models" / "marts" / schema / f"{model}.sql"
    project_file.write_text(f'{{{{ config(post_hook="{hook}") }}}}\n' + project_file.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


@pytest.mark.parametrize("fault", PLANTED_FAULTS)
def test_a_planted_bad_mart_stops_publishing(fault: str, good_home: Path, tmp_path: Path) -> None:
    schema, model, hook, named = PLANTED_FAULTS[fault]
    shutil.copytree(good_home / "home", tmp_path / "home", symlinks=True)
    before = (tmp_path / "home" / "published" / "current").readlink()
    project = project_with_hook(tmp_path / "project", schema, model, hook)

    finished = aftersales("refresh", "--home", tmp_path / "home", "--landing", good_home / "landing", project=project)

    output = finished.stdout + finished.stderr
    assert finished.returncode == 1, output
    assert (tmp_path / "home" / "published" / "current").readlink() == before
    for name in named:
        assert name in output, output
    assert "row" in output


def test_the_same_home_publishes_again_once_the_model_is_mended(good_home: Path, tmp_path: Path) -> None:
    shutil.copytree(good_home / "home", tmp_path / "home", symlinks=True)
    before = (tmp_path / "home" / "published" / "current").readlink()
    refreshed(tmp_path / "home", good_home / "landing")
    assert (tmp_path / "home" / "published" / "current").readlink() != before
