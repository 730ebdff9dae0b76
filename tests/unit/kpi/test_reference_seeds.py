"""The data tests of the KPI seeds: the seeds as they are pass, and each test finds the line that breaks it."""

import shutil
from pathlib import Path

from tests.support.dbt_project import data_test_results, prepared_project
from tests.support.warehouse import PROJECT_ROOT

SEEDS = ("kpi_definitions", "kpi_targets", "industry_benchmarks", "survey_questions")
SINGULAR = "target_of_a_count_names_its_grain"

# Lines that break a test each; they are added to the seed's own.
BREAKING = {
    "kpi_targets": [
        "csat_mean,,overall,all,4.5,2024-06-01,,Overlaps the one since 2000,own",
        "survey_sent_count,,overall,all,100,2024-06-01,,Of a day or of a year?,own",
        "no_such_kpi,month,overall,all,1,2024-06-01,,,own",
    ],
    "industry_benchmarks": [
        "second,csat_rate,true,level,0.7,ratio,,,A second one,第二,S2",
        "of_nothing,,true,level,0.7,ratio,,,Of no KPI,无,S2",
        "a_change,dissatisfaction_rate,true,change_points,0.1,ratio,,,A change,变化,S2",
    ],
    "survey_questions": ["second_required,service,rating,,1,5,true,true,up,A second required question,第二必答题"],
}
FOUND = {
    "targets_of_one_kpi_and_member_never_overlap": ("fail", 1),
    "relationships_kpi_targets_kpi_id__kpi_id__ref_kpi_definitions_": ("fail", 1),
    SINGULAR: ("fail", 1),
    "a_kpi_has_one_benchmark_on_the_scoreboard": ("fail", 1),
    "a_benchmark_on_the_scoreboard_is_of_a_kpi": ("fail", 1),
    "only_levels_stand_on_the_scoreboard": ("fail", 1),
    "a_survey_requires_one_question_at_most": ("fail", 1),
}


def results(folder: Path, added: dict[str, list[str]]) -> dict[str, tuple[str, int]]:
    project = prepared_project(folder, {"nothing.sql": "select 1 as one"})
    (project / "seeds").mkdir()
    for name in SEEDS:
        shutil.copy(PROJECT_ROOT / "seeds" / "reference" / f"{name}.yml", project / "seeds")
        text = (PROJECT_ROOT / "seeds" / "reference" / f"{name}.csv").read_text(encoding="utf-8")
        (project / "seeds" / f"{name}.csv").write_text(text + "".join(f"{line}\n" for line in added.get(name, [])), encoding="utf-8")
    shutil.copy(PROJECT_ROOT / "tests" / "data" / "singular" / f"{SINGULAR}.sql", project / "tests")
    return data_test_results(project)


def test_the_seeds_as_they_are_pass(tmp_path: Path) -> None:
    found = results(tmp_path / "project", {})
    assert FOUND.keys() <= found.keys()
    assert set(found.values()) == {("pass", 0)}


def test_each_line_that_breaks_a_rule_is_found(tmp_path: Path) -> None:
    found = results(tmp_path / "project", BREAKING)
    assert {name: result for name, result in found.items() if result != ("pass", 0)} == FOUND
