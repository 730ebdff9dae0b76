"""A measure is declared by one table, every family and every measure table has one and the same contract, and no family is forgotten."""

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.compiled_models import CompiledProject, compiled_project
from tests.support.described_models import described_models

PROJECT_ROOT = Path(__file__).resolve().parents[2]
MARTS = PROJECT_ROOT / "models" / "marts"
MEASURES = sorted(path for path in (MARTS / "measures").glob("measure_*.sql") if path.stem != "measure_members")


def definitions() -> list[dict[str, str]]:
    with (PROJECT_ROOT / "seeds" / "reference" / "kpi_definitions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


FAMILY_MARTS = sorted(
    path for family in sorted({row["family"] for row in definitions()}) if (path := MARTS / family / f"kpi_{family}.sql").exists()
)


def contract(path: Path) -> list[dict[str, Any]]:
    return described_models()[path.stem]["columns"]


def references(path: Path) -> set[str]:
    return set(re.findall(r"ref\('(\w+)'\)", path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Of each measure table the measures that its SQL makes, as often as it does."""
    project: CompiledProject = compiled_project(tmp_path_factory)
    nodes = json.loads(project.manifest.read_text(encoding="utf-8"))["nodes"].values()
    compiled = {node["name"]: node["compiled_code"] for node in nodes if node["resource_type"] == "model"}
    return {path.stem: re.findall(r"'(\w+)' as measure,", compiled[path.stem]) for path in MEASURES}


def test_there_are_families_and_measures() -> None:
    assert len(FAMILY_MARTS) >= 2
    assert len(MEASURES) >= 9


@pytest.mark.parametrize("path", FAMILY_MARTS[1:], ids=lambda path: path.stem)
def test_every_family_has_the_contract_of_the_first(path: Path) -> None:
    assert contract(path) == contract(FAMILY_MARTS[0])


@pytest.mark.parametrize("path", MEASURES[1:], ids=lambda path: path.stem)
def test_every_measure_table_has_the_contract_of_the_first(path: Path) -> None:
    assert contract(path) == contract(MEASURES[0])


def test_every_family_stands_on_the_scoreboard() -> None:
    on_scoreboard = {name for name in references(MARTS / "scoreboard" / "kpi_scoreboard.sql") if name.startswith("kpi_")}
    assert on_scoreboard - {"kpi_definitions", "kpi_targets"} == {path.stem for path in FAMILY_MARTS}


def test_every_measure_table_is_one_whose_members_are_known() -> None:
    assert references(MARTS / "measures" / "measure_members.sql") == {path.stem for path in MEASURES}


def test_every_measure_is_declared_once(declared: dict[str, list[str]]) -> None:
    times = Counter(measure for measures in declared.values() for measure in measures)
    assert all(declared.values()) and times["tickets_created"] == 1
    assert {measure: count for measure, count in times.items() if count > 1} == {}


@pytest.mark.parametrize("path", FAMILY_MARTS, ids=lambda path: path.stem)
def test_a_family_reads_the_tables_of_all_measures_that_its_kpis_divide(path: Path, declared: dict[str, list[str]]) -> None:
    """A KPI one of whose measures nobody declares is not computed yet; where all are declared, it would be lost for want of a table."""
    table_of = {measure: table for table, measures in declared.items() for measure in measures}
    lost: dict[str, set[str]] = {}
    for row in definitions():
        tables = {table_of.get(measure) for measure in (row["numerator"], row["denominator"]) if measure}
        if row["family"] == path.parent.name and None not in tables and not tables <= references(path):
            lost[row["kpi_id"]] = {table for table in tables if table} - references(path)
    assert lost == {}
