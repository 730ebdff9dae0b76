"""The rows of the seed kpi_definitions agree with themselves, each other and the scales of the survey. Reads files, runs no dbt."""

import csv
import re
from collections.abc import Callable

from tests.support.warehouse import PROJECT_ROOT

Row = dict[str, str]
SEEDS = PROJECT_ROOT / "seeds" / "reference"
FAMILIES = ["satisfaction", "efficiency", "resolution", "returns", "cost", "quality", "expectation", "loyalty", "voice"]
SHARES = ("wilson", "wilson_weighted")


def rows_of(seed: str) -> list[Row]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


KPIS = rows_of("kpi_definitions")


def ids(holds: Callable[[Row], bool]) -> list[str]:
    return [row["kpi_id"] for row in KPIS if holds(row)]


def is_quantile(row: Row) -> bool:
    return row["numerator"].endswith(("_median", "_p90"))


def test_every_kpi_stands_there_once_in_the_order_of_the_families():
    assert len({row["kpi_id"] for row in KPIS}) == len(KPIS)
    places = [FAMILIES.index(row["family"]) for row in KPIS]
    assert places == sorted(places)


def test_every_line_has_a_value_for_every_column_and_no_stray_blank():
    assert ids(lambda row: None in row or any(value is None or value != value.strip() for value in row.values())) == []


def test_measures_are_named_in_snake_case():
    assert ids(lambda row: not re.fullmatch(r"[a-z][a-z0-9_]*", row["numerator"])) == []
    assert ids(lambda row: not re.fullmatch(r"([a-z][a-z0-9_]*)?", row["denominator"])) == []


def test_no_kpi_divides_a_measure_by_itself_and_no_two_ask_the_same():
    assert ids(lambda row: row["numerator"] == row["denominator"]) == []
    asked = [(row["numerator"], row["denominator"]) for row in KPIS]
    assert [pair for pair in asked if asked.count(pair) > 1] == []


def test_a_wilson_interval_is_of_a_share_between_0_and_1():
    shares = [row for row in KPIS if row["interval"] in SHARES]
    assert {(row["unit"], row["lowest"], row["highest"], bool(row["denominator"])) for row in shares} == {("ratio", "0", "1", True)}


def test_a_ratio_without_an_interval_has_no_bounds():
    assert ids(lambda row: row["unit"] == "ratio" and row["interval"] not in SHARES and (row["lowest"], row["highest"]) != ("", "")) == []


def test_sums_and_quantiles_have_no_interval_and_means_a_normal_one():
    assert ids(lambda row: not row["denominator"] and row["interval"] != "none") == []
    assert ids(lambda row: row["kpi_id"].endswith("_mean") and row["interval"] != "normal") == []
    assert ids(lambda row: row["interval"] == "normal" and not row["denominator"]) == []


def test_a_quantile_is_named_by_its_measure_and_adds_up_over_nothing():
    named = ids(lambda row: row["kpi_id"].endswith(("_median", "_p90")))
    assert ids(is_quantile) == named
    quantiles = [row for row in KPIS if is_quantile(row)]
    assert {(row["denominator"], row["adds_up_over_members"], row["adds_up_over_days"]) for row in quantiles} == {("", "false", "false")}


def test_what_does_not_add_up_over_members_does_not_over_days():
    assert {row[column] for row in KPIS for column in ("adds_up_over_members", "adds_up_over_days")} == {"true", "false"}
    assert ids(lambda row: row["adds_up_over_members"] == "false" and row["adds_up_over_days"] == "true") == []


def test_a_kpi_adds_up_over_days_only_if_the_counts_it_divides_do():
    counts = {row["numerator"]: row["adds_up_over_days"] for row in KPIS if not row["denominator"]}

    def divides_a_state(row: Row) -> bool:
        return any(counts.get(measure) == "false" for measure in (row["numerator"], row["denominator"]))

    assert ids(lambda row: row["adds_up_over_days"] == "true" and divides_a_state(row)) == []


def test_bounds_are_ordered():
    assert ids(lambda row: bool(row["lowest"] and row["highest"]) and not float(row["lowest"]) < float(row["highest"])) == []


def test_counts_and_durations_are_never_below_0_and_amounts_have_no_bounds():
    counted = ("count", "ratio_of_counts", "minutes", "hours", "per_1000", "per_100")
    assert ids(lambda row: row["unit"] in counted and row["lowest"] != "0") == []
    assert ids(lambda row: row["unit"] == "amount" and (row["lowest"], row["highest"]) != ("", "")) == []


def test_scores_and_points_have_both_bounds():
    assert ids(lambda row: row["unit"] in ("score", "points") and not (row["lowest"] and row["highest"])) == []


def test_a_mean_answer_stays_on_the_scale_of_its_question():
    scales = {row["question_code"]: (float(row["scale_minimum"]), float(row["scale_maximum"])) for row in rows_of("survey_questions")}
    questions = {
        "csat_mean": "overall",
        "bot_csat_mean": "overall",
        "ces_mean": "ces",
        "expected_first_reply_minutes_mean": "first_reply_minutes_expected",
    }
    bounds = {row["kpi_id"]: (float(row["lowest"]), float(row["highest"])) for row in KPIS if row["kpi_id"] in questions}
    assert bounds == {kpi_id: scales[question] for kpi_id, question in questions.items()}


def test_the_gap_is_as_wide_as_the_widest_pair_of_questions():
    questions = [row for row in rows_of("survey_questions") if row["question_role"] in ("expected", "experienced")]
    roles = {item: {row["question_role"] for row in questions if row["item"] == item} for item in {row["item"] for row in questions}}
    widest = max(float(row["scale_maximum"]) - float(row["scale_minimum"]) for row in questions if len(roles[row["item"]]) == 2)
    [gap] = [row for row in KPIS if row["kpi_id"] == "expectation_gap_mean"]
    assert (float(gap["lowest"]), float(gap["highest"])) == (-widest, widest)


def test_the_scale_is_that_of_the_unit():
    scales = {"per_1000": "1000", "per_100": "100"}
    assert ids(lambda row: row["scale"] != scales.get(row["unit"], "1")) == []
    assert ids(lambda row: row["scale"] != "1" and not row["denominator"]) == []


def test_seconds_are_divided_down_to_the_unit_and_nothing_else_is():
    seconds_per = {"minutes": "60", "hours": "3600"}

    def expected(row: Row) -> str:
        is_in_seconds = re.search(r"_seconds(_median|_p90)?$", row["numerator"])
        return seconds_per[row["unit"]] if is_in_seconds else "1"

    assert ids(lambda row: row["divisor"] != expected(row)) == []


def test_a_duration_that_is_counted_by_its_beginning_takes_days_to_settle():
    durations = [row for row in KPIS if re.search(r"_seconds(_median|_p90)?$", row["numerator"])]
    assert [row["kpi_id"] for row in durations if int(row["settles_after_days"]) < 7] == []
    as_of_the_refresh = [row for row in KPIS if re.search(r"(resolved|refunds) as of the refresh", row["formula_en"])]
    assert [row["kpi_id"] for row in as_of_the_refresh if int(row["settles_after_days"]) < 30] == []


def test_what_is_over_on_the_day_that_counts_it_settles_at_once():
    settled = {row["kpi_id"] for row in KPIS if row["settles_after_days"] == "0"}
    assert {"ticket_count", "resolved_count", "csat_rate", "backlog_open", "sla_first_reply_rate", "resolved_within_7d_rate"} <= settled


def test_headline_places_are_unique_and_without_a_gap():
    places = sorted(int(row["headline_place"]) for row in KPIS if row["headline_place"])
    assert places == list(range(1, len(places) + 1))


def test_every_family_has_a_headline():
    assert {row["family"] for row in KPIS if row["headline_place"]} == set(FAMILIES)


def test_formulas_are_there_in_both_languages_and_divide_where_the_kpi_does():
    assert ids(lambda row: not re.search(r"[一-鿿]", row["formula_zh"]) or not re.search(r"[一-鿿]", row["name_zh"])) == []
    assert ids(lambda row: not row["formula_en"] or bool(re.search(r"[一-鿿]", row["formula_en"]))) == []
    for language in ("formula_en", "formula_zh"):
        assert ids(lambda row, language=language: ("÷" in row[language]) != bool(row["denominator"])) == [], language


def test_needed_entities_are_entities_that_are_counted():
    counted = (PROJECT_ROOT / "models" / "intermediate" / "scoreboard" / "int_entities__counted.sql").read_text(encoding="utf-8")
    entities = set(re.findall(r"'(\w+)': ref\(", counted))
    assert len(entities) == 18
    assert ids(lambda row: not row["needed_entities"] or not set(row["needed_entities"].split(" ")) <= entities) == []
