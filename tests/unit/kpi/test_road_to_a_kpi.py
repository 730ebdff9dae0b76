"""CONTRIBUTING's road to a KPI and to a family, walked in a copy of the project: two lines a KPI, and no file that the page lacks."""

import csv
import filecmp
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.support.compiled_models import compiled_copy
from tests.support.described_models import columns_of
from tests.support.warehouse import PROJECT_ROOT, copied_project
from tests.unit.kpi import help_desk_shop, worked_examples
from tests.unit.kpi.small_project import mart_of, values
from tests.unit.kpi.worked_examples import assert_mart_says, kpi_examples

DEFINITIONS = "seeds/reference/kpi_definitions.csv"
# Over measures that exist: of one subject, of two, and one whose measure nobody has written yet.
TRANSFERS = {
    "kpi_id": "trial_transfers_per_ticket",
    "family": "efficiency",
    "numerator": "ticket_transfers",
    "denominator": "tickets_created",
}
FAMILY = [
    {"kpi_id": "trial_phone_share", "numerator": "tickets_on_phone", "denominator": "tickets_created", "interval": "wilson"},
    {"kpi_id": "trial_tickets_per_100_needs", "numerator": "tickets_created", "denominator": "needs", "scale": "100"},
    {"kpi_id": "trial_smiles", "numerator": "smiles"},
]
USUAL = {
    "family": "trial", "unit": "ratio", "good_direction": "down", "date_basis": "created_at", "divisor": "1", "scale": "1",
    "interval": "none",
    "adds_up_over_members": "true", "adds_up_over_days": "true", "formula_en": "a ÷ b", "formula_zh": "甲 ÷ 乙",
    "needed_entities": "tickets", "source": "own",
}  # fmt: skip
FAMILY_SQL = """-- The KPIs of a family for trial.
{{ kpi_family('trial', [
    ref('measure_tickets'),
    ref('measure_customer_needs')
]) }}
"""
FAMILY_YAML = """  - name: kpi_trial
    description: "{{ doc('trial_formulas') }}"
    columns: *figures
    data_tests: [unique_combination: {name: kpi_trial_has_one_row_a_kpi_and_cell, arguments: *cell}]
"""
FAMILY_DOCS = """{% docs trial_formulas %}
| KPI | formula | figures | worked example |
| --- | --- | --- | --- |
| trial_phone_share | tickets by phone ÷ tickets | 2025-03: 1/7 | number 2 |
| trial_tickets_per_100_needs | tickets ÷ hundreds of needs | 2025-03: 7/0.05 of 5 | |
{% enddocs %}
"""


def page(section: str, family: str) -> set[str]:
    """The files that the numbered steps of a section name."""
    text = (PROJECT_ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (steps,) = re.findall(rf"^## {section}\n(.*?)^## ", text, flags=re.DOTALL | re.MULTILINE)
    numbered = "".join(re.findall(r"^\d\. .*\n(?:   .*\n)*", steps, flags=re.MULTILINE))
    return {path.replace("<family>", family) for path in re.findall(r"`((?:seeds|models|macros|tests)/[^`]+)`", numbered)}


def changed_files(project: Path) -> set[str]:
    """The files of the copy that the project has not, or has otherwise."""
    copied = [path for path in project.rglob("*") if path.is_file() and path.suffix in {".sql", ".yml", ".md", ".csv", ".py"}]
    return {
        str(path.relative_to(project))
        for path in copied
        if not (PROJECT_ROOT / path.relative_to(project)).exists()
        or not filecmp.cmp(path, PROJECT_ROOT / path.relative_to(project), shallow=False)
    }


def added_lines(project: Path) -> int:
    """How many lines the copy has more than the project."""

    def lines(path: Path) -> int:
        return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0

    return sum(lines(project / path) - lines(PROJECT_ROOT / path) for path in changed_files(project))


def define(project: Path, *kpis: dict[str, str]) -> None:
    path = project / DEFINITIONS
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writerows({"name_en": kpi["kpi_id"], "name_zh": kpi["kpi_id"], **USUAL, **kpi} for kpi in kpis)


def replace(path: Path, there: str, instead: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(there) == 1, f"{path.name}: {there!r} stands there {text.count(there)} times"
    path.write_text(text.replace(there, instead), encoding="utf-8")


def add_kpi(project: Path) -> None:
    define(project, TRANSFERS)
    docs = project / "models/marts/efficiency/_efficiency__docs.md"
    row = "| trial_transfers_per_ticket | assignments to another agent ÷ tickets | 2025-03: 1/7 | number 6 |\n"
    replace(docs, "| ticket_count |", f"{row}| ticket_count |")


def add_family(project: Path) -> None:
    define(project, *FAMILY)
    replace(project / "seeds/reference/kpi_definitions.yml", "values: [satisfaction, ", "values: [trial, satisfaction, ")
    folder = project / "models" / "marts" / "trial"
    folder.mkdir()
    (folder / "kpi_trial.sql").write_text(FAMILY_SQL, encoding="utf-8")
    described = project / "models" / "marts" / "_families.yml"
    described.write_text(described.read_text(encoding="utf-8") + FAMILY_YAML, encoding="utf-8")
    (folder / "_trial__docs.md").write_text(FAMILY_DOCS, encoding="utf-8")
    replace(
        project / "models/marts/scoreboard/kpi_scoreboard.sql",
        "    ref('kpi_efficiency'),\n",
        "    ref('kpi_efficiency'),\n    ref('kpi_trial'),\n",
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("road") / "project"
    folder.mkdir()
    copied_project(folder)
    assert changed_files(folder) == set()
    add_kpi(folder)
    assert changed_files(folder) == page("Add a KPI", "efficiency")
    assert added_lines(folder) == 2
    before = changed_files(folder)
    add_family(folder)
    assert (changed_files(folder) - before) | {DEFINITIONS} == page("Add a family", "trial")
    return folder


@pytest.fixture(scope="module")
def shop(project: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    given = {
        "satisfaction.kpi_satisfaction": mart_of(columns_of("kpi_satisfaction"), []),
        "intermediate.int_entities__counted": values([{"entity": "tickets", "row_count": 1}], {"entity": "varchar", "row_count": "bigint"}),
    }
    compiled = compiled_copy(project, project.parent / "compiled")
    with help_desk_shop.built(compiled, ["kpi_scoreboard", "kpi_coverage"], given) as connection:
        yield connection


@pytest.mark.parametrize(
    ("kpi_id", "family", "value", "n"),
    [
        # Number 6 went from ann to bob; number 2 came by phone; seven tickets about five needs.
        ("trial_transfers_per_ticket", "efficiency", 1 / 7, 7),
        ("trial_phone_share", "trial", 1 / 7, 7),
        ("trial_tickets_per_100_needs", "trial", 7 / 0.05, 5),
    ],
)
def test_a_kpi_of_the_road_stands_on_the_scoreboard_and_is_available(
    shop: duckdb.DuckDBPyConnection, kpi_id: str, family: str, value: float, n: int
) -> None:
    found = shop.execute(
        "select family, value, n from scoreboard.kpi_scoreboard"
        " where kpi_id = ? and period_grain = 'month' and period_start = '2025-03-01' and dimension = 'overall'",
        [kpi_id],
    ).fetchall()
    assert found == [(family, value, n)]
    assert shop.execute("select coverage from scoreboard.kpi_coverage where kpi_id = ?", [kpi_id]).fetchall() == [("available",)]


def test_a_kpi_whose_measure_does_not_exist_is_not_computed_and_the_rest_of_its_family_is(shop: duckdb.DuckDBPyConnection) -> None:
    coverage = shop.execute(
        "select kpi_id, coverage, why_empty from scoreboard.kpi_coverage where family = 'trial' order by kpi_id"
    ).fetchall()
    assert coverage == [
        ("trial_phone_share", "available", None),
        ("trial_smiles", "not_computed", "No mart computes it yet."),
        ("trial_tickets_per_100_needs", "available", None),
    ]


def test_the_worked_examples_of_the_road_are_compared_with_its_marts(
    shop: duckdb.DuckDBPyConnection, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worked_examples, "PROJECT_ROOT", project)
    (transfers,) = (example for example in kpi_examples("efficiency") if example.kpi_id == TRANSFERS["kpi_id"])
    assert_mart_says(shop, "efficiency.kpi_efficiency", transfers)
    examples = kpi_examples("trial")
    assert len(examples) == 2
    for example in examples:
        assert_mart_says(shop, "trial.kpi_trial", example)
