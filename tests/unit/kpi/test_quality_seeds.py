"""The seeds of the service-quality score: as they are they pass, and each line that breaks a rule is found."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.compiled_models import CompiledProject, create, in_memory_warehouse
from tests.support.ticket_clock import seed_rows
from tests.unit.kpi.small_project import values

Rows = list[dict[str, Any]]
TYPES = {
    "quality_bands": {"score": "bigint", "above_minutes": "bigint", "up_to_minutes": "bigint"},
    "quality_grades": {"from_score": "double"},
    "ahp_pairwise": {"valid_from": "date", "valid_to": "date", "importance": "double"},
}
BANDS, GRADES, WEIGHTS = "quality_bands_are_without_gap", "quality_grades_descend", "quality_weights_are_sound"


@cache
def compiled_test(manifest: Path, name: str) -> tuple[str, list[str]]:
    """The SQL of a data test, and the models that it reads."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    (node,) = (node for node in nodes if node["resource_type"] == "test" and node["name"] == name)
    return node["compiled_code"], [read.split(".")[-1] for read in node["depends_on"]["nodes"] if read.startswith("model.")]


def found(project: CompiledProject, test: str, seed: str, rows: Rows) -> set[tuple[Any, ...]]:
    """What a data test finds where the seed has these rows."""
    sql, models = compiled_test(project.manifest, test)
    columns = {name: TYPES[seed].get(name, "varchar") for name in seed_rows(seed)[0]}
    with in_memory_warehouse() as connection:
        for schema in ("reference", "intermediate"):
            connection.execute(f"create schema {schema}")
        connection.execute(f"create table reference.{seed} as {values(rows, columns)}")
        for model in project.models:
            if model.name in models:
                create(connection, model)
        return set(connection.execute(sql).fetchall())


def edited(seed: str, changed: dict[str, str | None], **line: str) -> Rows:
    """The seed's rows, with those that have the values of ``line`` changed."""
    rows = seed_rows(seed)
    hit = [row for row in rows if all(row[name] == value for name, value in line.items())]
    assert hit
    for row in hit:
        row.update(changed)
    return rows


@pytest.mark.parametrize(("test", "seed"), [(BANDS, "quality_bands"), (GRADES, "quality_grades"), (WEIGHTS, "ahp_pairwise")])
def test_the_seed_as_it_is_passes(project: CompiledProject, test: str, seed: str) -> None:
    assert found(project, test, seed, seed_rows(seed)) == set()


@pytest.mark.parametrize(
    ("changed", "line", "dimension"),
    [
        ({"up_to_minutes": "110"}, {"name_en": "Replied within two hours"}, "response_speed"),
        ({"up_to_minutes": "130"}, {"name_en": "Replied within two hours"}, "response_speed"),
        ({"above_minutes": "5"}, {"name_en": "Replied within an hour"}, "response_speed"),
        ({"up_to_minutes": "9000"}, {"name_en": "Replied later or not yet"}, "response_speed"),
        ({"up_to_minutes": None}, {"name_en": "Followed up within seven days"}, "follow_up"),
        ({"above_minutes": None}, {"name_en": "Unresolved after seven days"}, "problem_solving"),
        ({"band_value": "solved_somehow"}, {"band_value": "unsolved"}, "problem_solving"),
        ({"band_value": "5"}, {"score_dimension": "attitude", "band_value": "4"}, "attitude"),
        ({"score": "50"}, {"score_dimension": "communication", "band_value": "1"}, "communication"),
    ],
)
def test_a_gap_an_overlap_a_missing_value_and_a_score_off_the_scale_are_found(
    project: CompiledProject, changed: dict[str, str | None], line: dict[str, str], dimension: str
) -> None:
    assert {name for name, _ in found(project, BANDS, "quality_bands", edited("quality_bands", changed, **line))} == {dimension}


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"from_score": "95"}, {"grade": "good"}),
        ({"from_score": None}, {"grade": "poor"}),
        ({"from_score": "10"}, {"grade": "bad"}),
        ({"grade": "splendid"}, {"grade": "excellent"}),
        ({"from_score": "101"}, {"grade": "excellent"}),
    ],
)
def test_grades_out_of_order_are_found(project: CompiledProject, changed: dict[str, str | None], line: dict[str, str]) -> None:
    assert found(project, GRADES, "quality_grades", edited("quality_grades", changed, **line))


def versions(*spells: tuple[str, str, str | None]) -> Rows:
    """The seed's comparisons in several versions."""
    return [
        {**row, "version": name, "valid_from": begins, "valid_to": ends}
        for name, begins, ends in spells
        for row in seed_rows("ahp_pairwise")
    ]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (edited("ahp_pairwise", {"importance": "9"}, score_dimension="communication"), "contradict"),
        (edited("ahp_pairwise", {"importance": "10"}, score_dimension="communication"), "each pair"),
        (edited("ahp_pairwise", {"compared_with": "attitude"}, score_dimension="communication"), "each pair"),
        (edited("ahp_pairwise", {"compared_with": "price"}, score_dimension="communication"), "each pair"),
        (edited("ahp_pairwise", {"valid_from": "2001-01-01"}, score_dimension="communication"), "each pair"),
        (seed_rows("ahp_pairwise")[1:], "each pair"),
        (versions(("v1", "2000-01-01", "2025-01-01")), "next version"),
        (versions(("v1", "2000-01-01", "2025-01-01"), ("v2", "2025-01-02", None)), "next version"),
        (versions(("v1", "2000-01-01", "2025-01-02"), ("v2", "2025-01-01", None)), "next version"),
        (versions(("v1", "2000-01-01", None), ("v2", "2025-01-01", None)), "next version"),
    ],
)
def test_comparisons_that_cannot_be_weighed_by_are_found(project: CompiledProject, rows: Rows, reason: str) -> None:
    reasons = {text for _, text in found(project, WEIGHTS, "ahp_pairwise", rows)}
    assert any(reason in text for text in reasons), reasons


def test_versions_that_follow_one_another_pass(project: CompiledProject) -> None:
    assert found(project, WEIGHTS, "ahp_pairwise", versions(("v1", "2000-01-01", "2025-01-01"), ("v2", "2025-01-01", None))) == set()
