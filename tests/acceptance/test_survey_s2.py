"""The published survey of 1,000 mail-order customers, as the extracts it would have come in: 950 valid, 714 of them satisfied."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import duckdb
import pytest

from tests.support.compiled_models import CompiledProject, build, compiled_project, load, models_behind, new_warehouse

VALID = {5: 148, 4: 566, 3: 230, 2: 5, 1: 1}
# Off the scale, without the question that counts, and after 31 days.
OFF_THE_SCALE, WITHOUT_OVERALL, TOO_LATE = 20, 15, 15


def write(folder: Path, feed: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    (folder / "contract" / feed).mkdir(parents=True)
    with (folder / "contract" / feed / f"{feed}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    project: CompiledProject = compiled_project(tmp_path_factory)
    folder = tmp_path_factory.mktemp("survey_s2")
    given = [(score, "overall", "2025-03-04T12:00:00Z") for score, times in VALID.items() for _ in range(times)]
    given += [(6, "overall", "2025-03-04T12:00:00Z")] * OFF_THE_SCALE
    given += [(4, "attitude", "2025-03-04T12:00:00Z")] * WITHOUT_OVERALL
    given += [(5, "overall", "2025-04-03T12:00:00Z")] * TOO_LATE
    assert len(given) == 1000
    sent = "2025-03-03T12:00:00Z"
    landing = folder / "landing"
    write(
        landing, "survey_invitations", ("invitation_id", "survey_type", "sent_at", "updated_at"),
        [(f"i{number}", "service", sent, sent) for number in range(1000)],
    )  # fmt: skip
    write(
        landing, "survey_responses", ("response_id", "invitation_id", "submitted_at", "updated_at"),
        [(f"r{number}", f"i{number}", submitted, submitted) for number, (_, _, submitted) in enumerate(given)],
    )  # fmt: skip
    write(
        landing, "survey_answers", ("response_id", "question_code", "score", "updated_at"),
        [(f"r{number}", question, score, submitted) for number, (score, question, submitted) in enumerate(given)],
    )  # fmt: skip
    warehouse = new_warehouse(project, folder / "warehouse.duckdb")
    load(warehouse, landing)
    build(project, warehouse, models_behind(project, ["kpi_satisfaction", "kpi_csat_distribution"]))
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize(
    ("kpi_id", "figures"),
    [
        # 0.751579; Wilson: (0.751579 + 0.002022) ÷ 1.004044 ∓ 1.959964 × √(0.00019654 + 0.00000106) ÷ 1.004044.
        ("csat_rate", (714, 950, 950, 714 / 950, 0.723126, 0.778006)),
        # All 1,000 were answered; 0.95 ∓ by the same formula.
        ("survey_valid_rate", (950, 1000, 1000, 0.95, 0.934686, 0.961870)),
        ("survey_response_rate", (1000, 1000, 1000, 1, 0.996173, 1)),
        ("dissatisfaction_rate", (6, 950, 950, 6 / 950, 0.002898, 0.013710)),
    ],
)
def test_the_survey_says_what_was_published(survey: duckdb.DuckDBPyConnection, kpi_id: str, figures: tuple[float, ...]) -> None:
    (found,) = survey.execute(
        "select numerator, denominator, n, value, lower, upper from satisfaction.kpi_satisfaction"
        " where kpi_id = ? and period_grain = 'month' and period_start = '2025-03-01' and dimension = 'overall'",
        [kpi_id],
    ).fetchall()
    assert found == pytest.approx(figures, abs=5e-7)


def test_the_five_answers_are_spread_as_published(survey: duckdb.DuckDBPyConnection) -> None:
    rows = survey.execute(
        "select overall_score, response_count from satisfaction.kpi_csat_distribution"
        " where period_grain = 'month' and period_start = '2025-03-01' and dimension = 'overall'"
    ).fetchall()
    assert dict(rows) == VALID
