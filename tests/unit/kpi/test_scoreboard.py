"""The scoreboard on family marts that a test wrote by hand: comparisons, targets, status, and which rows there are."""

import datetime as dt
from typing import Any

import duckdb
import pytest

from tests.unit.kpi.small_project import PROJECT_ROOT, BuiltProject, Row, family_marts, mart_of, other_families, values

OWN_FILES = [
    "models/columns.md",
    *(f"models/marts/scoreboard/{name}" for name in ("kpi_scoreboard.sql", "kpi_scoreboard.yml", "_scoreboard__docs.md")),
    "models/intermediate/as_of/int_days__spined.sql",
    "models/intermediate/as_of/int_periods__spined.sql",
    "seeds/reference/kpi_definitions.csv",
    "seeds/reference/kpi_definitions.yml",
]
TARGETS: list[Row] = [
    {
        "kpi_id": "csat_rate",
        "dimension": "overall",
        "member": "all",
        "target_value": 0.8,
        "valid_from": "2024-01-01",
        "valid_to": "2025-02-01",
    },
    {"kpi_id": "csat_rate", "dimension": "overall", "member": "all", "target_value": 0.9, "valid_from": "2025-02-01"},
    {"kpi_id": "csat_rate", "dimension": "channel", "member": "phone", "target_value": 0.5, "valid_from": "2025-02-01"},
    {
        "kpi_id": "csat_rate",
        "period_grain": "day",
        "dimension": "overall",
        "member": "all",
        "target_value": 0.6,
        "valid_from": "2025-02-01",
    },
    {"kpi_id": "dissatisfaction_rate", "dimension": "overall", "member": "all", "target_value": 0.1, "valid_from": "2024-01-01"},
    {
        "kpi_id": "survey_sent_count",
        "period_grain": "month",
        "dimension": "overall",
        "member": "all",
        "target_value": 100,
        "valid_from": "2024-01-01",
    },
    {
        "kpi_id": "csat_mean",
        "period_grain": "month",
        "dimension": "overall",
        "member": "all",
        "target_value": 4,
        "valid_from": "2024-01-01",
    },
]
TARGET_TYPES = {
    "kpi_id": "varchar",
    "period_grain": "varchar",
    "dimension": "varchar",
    "member": "varchar",
    "target_value": "double",
    "valid_from": "date",
    "valid_to": "date",
}
BENCHMARKS: list[Row] = [
    {"kpi_id": "csat_rate", "is_on_scoreboard": True, "benchmark_value": 0.9},
    {"kpi_id": "csat_rate", "is_on_scoreboard": False, "benchmark_value": 0.7},
]
BENCHMARK_TYPES = {"kpi_id": "varchar", "is_on_scoreboard": "boolean", "benchmark_value": "double"}


def cell(grain: str, start: str, dimension: str, member: str, **figures: tuple[float | None, int]) -> list[Row]:
    """The rows of a cell in a family mart; a figure is its value and the number of its cases."""
    return [
        {"kpi_id": kpi_id, "period_grain": grain, "period_start": start, "dimension": dimension, "member": member, "value": value, "n": n}
        for kpi_id, (value, n) in figures.items()
    ]


FAMILY = [
    *cell("month", "2024-02-01", "overall", "all", csat_rate=(0.25, 40), csat_mean=(2.0, 40), nps=(0.0, 40)),
    *cell("month", "2025-01-01", "overall", "all", csat_rate=(0.8, 30), csat_mean=(4.0, 30), nps=(-0.25, 40)),
    *cell(
        "month", "2025-02-01", "overall", "all", csat_rate=(0.8, 29), csat_mean=(3.0, 29), nps=(0.25, 40), dissatisfaction_rate=(0.1, 29)
    ),
    *cell("month", "2025-03-01", "overall", "all", csat_rate=(None, 0), csat_mean=(None, 0)),
    *cell("month", "2025-03-01", "overall", "all", dissatisfaction_rate=(0.11, 50), survey_sent_count=(100, 100)),
    *cell("quarter", "2025-01-01", "overall", "all", csat_rate=(0.625, 59)),
    *cell("day", "2025-02-01", "overall", "all", csat_rate=(0.8, 50), csat_mean=(4.5, 50)),
    *cell("month", "2025-02-01", "channel", "phone", csat_rate=(0.8, 50), survey_sent_count=(60, 60)),
    *cell("month", "2025-01-01", "channel", "chat", csat_rate=(0.5, 2)),
    *cell("month", "2025-02-01", "channel", "chat", csat_rate=(None, 0)),
    # Responses are there from 1 February 2024 on, invitations from 20 January 2025 on.
    *cell("day", "2024-02-01", "overall", "all", csat_rate=(1.0, 1)),
    *cell("day", "2025-01-19", "overall", "all", survey_sent_count=(0, 0)),
    *cell("day", "2025-01-20", "overall", "all", survey_sent_count=(5, 5)),
    *cell("day", "2025-01-21", "overall", "all", survey_sent_count=(10, 10)),
    *cell("month", "2025-01-01", "overall", "all", survey_sent_count=(20, 20)),
    *cell("month", "2025-02-01", "overall", "all", survey_sent_count=(69, 69)),
    *cell("month", "2025-02-01", "merchant", "m2", csat_rate=(1.0, 1)),
]
OTHER_FAMILY = [
    *cell("day", "2024-11-30", "overall", "all", ticket_count=(1, 1)),
    *cell("month", "2024-12-01", "overall", "all", first_reply_minutes_mean=(10.0, 9), resolution_minutes_mean=(50.0, 9)),
    *cell("month", "2025-01-01", "overall", "all", first_reply_minutes_mean=(12.0, 9), resolution_minutes_mean=(40.0, 9)),
    *cell(
        "month", "2025-02-01", "overall", "all", ticket_count=(12, 12), first_reply_minutes_mean=(6.0, 9), resolution_minutes_mean=(2.0, 9)
    ),
    *cell("day", "2025-02-20", "overall", "all", first_reply_minutes_mean=(12.0, 9)),
    *cell("day", "2025-02-21", "overall", "all", first_reply_minutes_mean=(6.0, 9)),
    *cell("day", "2025-02-22", "overall", "all", first_reply_minutes_mean=(3.0, 9)),
    # Resolutions: of shop and system a from 1 December on, of b from 15 January on.
    *cell("day", "2024-12-01", "overall", "all", resolved_count=(1, 1)),
    *cell("day", "2024-12-01", "shop", "a", resolved_count=(1, 1)),
    *cell("day", "2025-01-15", "shop", "b", resolved_count=(1, 1)),
    *cell("day", "2025-01-15", "source_system", "b", resolved_count=(1, 1)),
    *cell("month", "2024-12-01", "overall", "all", resolved_count=(30, 30)),
    *cell("month", "2025-01-01", "overall", "all", resolved_count=(48, 48)),
    *cell("month", "2025-02-01", "overall", "all", resolved_count=(60, 60)),
    *cell("month", "2024-12-01", "channel", "chat", resolved_count=(30, 30)),
    *cell("month", "2025-01-01", "channel", "chat", resolved_count=(48, 48)),
    *cell("month", "2024-12-01", "shop", "a", resolved_count=(30, 30)),
    *cell("month", "2025-01-01", "shop", "a", resolved_count=(31, 31)),
    *cell("month", "2025-02-01", "shop", "a", resolved_count=(29, 29)),
    *cell("month", "2025-01-01", "source_system", "b", resolved_count=(17, 17)),
    *cell("month", "2025-02-01", "source_system", "b", resolved_count=(31, 31)),
    *cell("month", "2025-01-01", "shop", "b", resolved_count=(17, 17)),
    *cell("month", "2025-02-01", "shop", "b", resolved_count=(31, 31)),
]


@pytest.fixture(scope="module")
def scoreboard(built_project: BuiltProject) -> duckdb.DuckDBPyConnection:
    tables = {
        "given_kpi_targets": values([{**dict.fromkeys(TARGET_TYPES), **target} for target in TARGETS], TARGET_TYPES),
        "given_industry_benchmarks": values(BENCHMARKS, BENCHMARK_TYPES),
        # Already 1 March in the business time zone.
        "given_int_as_of__resolved": values(
            [{"first_at": "2024-02-01 00:00:00", "as_of_at": "2025-02-28 16:00:00"}], {"first_at": "timestamp", "as_of_at": "timestamp"}
        ),
    }
    for name, columns in family_marts().items():
        tables[f"given_{name}"] = mart_of(columns, {"kpi_satisfaction": FAMILY, "kpi_efficiency": OTHER_FAMILY}.get(name, []))
    stand_ins = {name.removeprefix("given_"): f"select * from main.{name}" for name in tables}
    stand_ins |= {name: sql for name, sql in other_families("").items() if not name.endswith(".yml")}
    documents = [
        str(path.relative_to(PROJECT_ROOT))
        for name in family_marts()
        for path in sorted((PROJECT_ROOT / "models" / "marts" / name.removeprefix("kpi_")).glob("*.md"))
    ]
    return built_project(tables, stand_ins, [*OWN_FILES, "models/marts/_families.yml", *documents])


def row(
    scoreboard: duckdb.DuckDBPyConnection, kpi_id: str, grain: str, start: str, member: str = "all", dimension: str | None = None
) -> dict[str, Any]:
    cursor = scoreboard.execute(
        "select * from main.kpi_scoreboard where kpi_id = ? and period_grain = ? and period_start = ? and member = ?"
        " and dimension = coalesce(?, dimension)",
        [kpi_id, grain, start, member, dimension],
    )
    found = cursor.fetchall()
    assert len(found) == 1, f"{len(found)} rows of {kpi_id}, {grain} {start}, {member}"
    assert cursor.description is not None
    return dict(zip([column[0] for column in cursor.description], found[0], strict=True))


def test_a_share_changes_by_points_and_a_mean_by_a_share_of_what_it_was(scoreboard: duckdb.DuckDBPyConnection) -> None:
    share = row(scoreboard, "csat_rate", "month", "2025-02-01")
    assert (share["previous_value"], share["change_from_previous"], share["last_year_value"]) == (0.8, 0.0, 0.25)
    assert share["change_from_last_year"] == pytest.approx(0.55)
    assert share["change_kind"] == "points"
    mean = row(scoreboard, "csat_mean", "month", "2025-02-01")
    assert (mean["previous_value"], mean["change_from_previous"]) == (4.0, -0.25)
    assert (mean["last_year_value"], mean["change_from_last_year"]) == (2.0, 0.5)
    assert mean["change_kind"] == "relative"


def test_a_net_score_changes_by_points_even_from_nothing_or_less(scoreboard: duckdb.DuckDBPyConnection) -> None:
    nps = row(scoreboard, "nps", "month", "2025-02-01")
    assert (nps["change_from_previous"], nps["change_from_last_year"], nps["change_kind"]) == (0.5, 0.25, "points")


def test_a_period_without_a_figure_is_compared_with_nothing_but_knows_what_was(scoreboard: duckdb.DuckDBPyConnection) -> None:
    empty = row(scoreboard, "csat_rate", "month", "2025-02-01", "chat")
    assert (empty["value"], empty["previous_value"], empty["change_from_previous"], empty["last_year_value"]) == (None, 0.5, None, None)


def test_a_running_period_is_not_whole_and_compared_with_nothing(scoreboard: duckdb.DuckDBPyConnection) -> None:
    march = row(scoreboard, "survey_sent_count", "month", "2025-03-01")
    assert (march["is_running_period"], march["is_whole_period"]) == (True, False)
    assert (march["value"], march["previous_value"], march["change_from_previous"]) == (100, None, None)
    quarter = row(scoreboard, "csat_rate", "quarter", "2025-01-01")
    assert (quarter["is_running_period"], quarter["is_whole_period"]) == (True, False)


def test_a_period_that_began_before_the_data_is_not_whole_and_nothing_is_compared_with_it(scoreboard: duckdb.DuckDBPyConnection) -> None:
    january, february = (row(scoreboard, "survey_sent_count", "month", start) for start in ("2025-01-01", "2025-02-01"))
    assert (january["is_whole_period"], january["previous_value"]) == (False, None)
    # Not +245 %: there were twelve days of January.
    assert (february["is_whole_period"], february["previous_value"], february["change_from_previous"]) == (True, None, None)
    # The responses of January are whole, and so is the first day of the invitations.
    assert row(scoreboard, "csat_rate", "month", "2025-01-01")["is_whole_period"]
    first, second = (row(scoreboard, "survey_sent_count", "day", start) for start in ("2025-01-20", "2025-01-21"))
    assert (first["is_whole_period"], first["previous_value"], second["previous_value"]) == (True, None, 5)


def test_a_period_whose_cases_have_not_come_to_their_end_is_compared_with_nothing(scoreboard: duckdb.DuckDBPyConnection) -> None:
    """It is 1 March. First replies settle within 7 days, resolutions within 30; January ended 28 days ago."""
    january, february = (row(scoreboard, "first_reply_minutes_mean", "month", start) for start in ("2025-01-01", "2025-02-01"))
    assert (january["is_whole_period"], january["change_from_previous"]) == (True, pytest.approx(0.2))
    # Not -50 %: what February's tickets still wait for is long.
    assert (february["value"], february["is_whole_period"], february["change_from_previous"]) == (6.0, False, None)
    december, january = (row(scoreboard, "resolution_minutes_mean", "month", start) for start in ("2024-12-01", "2025-01-01"))
    assert (december["is_whole_period"], january["is_whole_period"], january["previous_value"]) == (True, False, None)
    # Seven days before 1 March is 22 February, with which the day before has ended.
    settled, young = (row(scoreboard, "first_reply_minutes_mean", "day", start) for start in ("2025-02-21", "2025-02-22"))
    assert (settled["is_whole_period"], settled["previous_value"]) == (True, 12.0)
    assert (young["is_whole_period"], young["previous_value"]) == (False, None)


def test_a_period_in_which_one_of_two_shops_begins_is_half_for_it_and_for_both_together(scoreboard: duckdb.DuckDBPyConnection) -> None:
    def told(start: str, member: str = "all", dimension: str = "overall") -> tuple[bool, float | None]:
        cell = row(scoreboard, "resolved_count", "month", start, member, dimension)
        return cell["is_whole_period"], cell["previous_value"]

    assert [told(start, "a", "shop") for start in ("2024-12-01", "2025-01-01", "2025-02-01")] == [(True, None), (True, 30), (True, 31)]
    for dimension in ("shop", "source_system"):
        assert [told(start, "b", dimension) for start in ("2025-01-01", "2025-02-01")] == [(False, None), (True, None)]
    # January is not whole: half of it is without b. Not +60 %, and for February not +25 %.
    assert [told(start) for start in ("2024-12-01", "2025-01-01", "2025-02-01")] == [(True, None), (False, None), (True, None)]
    assert [told(start, "chat", "channel") for start in ("2024-12-01", "2025-01-01")] == [(True, None), (False, None)]


def test_another_grain_or_member_is_no_earlier_period(scoreboard: duckdb.DuckDBPyConnection) -> None:
    assert row(scoreboard, "csat_rate", "quarter", "2025-01-01")["previous_value"] is None
    assert row(scoreboard, "csat_rate", "month", "2025-02-01", "phone")["previous_value"] is None


def test_the_target_is_the_one_in_force_on_the_first_day(scoreboard: duckdb.DuckDBPyConnection) -> None:
    january, february = (row(scoreboard, "csat_rate", "month", start) for start in ("2025-01-01", "2025-02-01"))
    assert (january["target_value"], january["status"]) == (0.8, "on_target")
    assert (february["target_value"], february["status"]) == (0.9, "off_target")
    before_any = row(scoreboard, "csat_rate", "month", "2024-02-01")
    assert (before_any["target_value"], before_any["status"]) == (0.8, "off_target")


def test_a_members_own_target_and_a_grains_own_target_win(scoreboard: duckdb.DuckDBPyConnection) -> None:
    phone = row(scoreboard, "csat_rate", "month", "2025-02-01", "phone")
    assert (phone["target_value"], phone["status"]) == (0.5, "on_target")
    day = row(scoreboard, "csat_rate", "day", "2025-02-01")
    assert (day["target_value"], day["status"]) == (0.6, "on_target")
    merchant = row(scoreboard, "csat_rate", "month", "2025-02-01", "m2")
    assert (merchant["target_value"], merchant["status"]) == (0.9, "on_target")


def test_where_there_is_no_figure_there_is_nothing_to_judge(scoreboard: duckdb.DuckDBPyConnection) -> None:
    chat = row(scoreboard, "csat_rate", "month", "2025-02-01", "chat")
    assert (chat["target_value"], chat["status"]) == (0.9, "no_target")
    statuses = {status for (status,) in scoreboard.execute("select distinct status from main.kpi_scoreboard").fetchall()}
    assert statuses == {"on_target", "off_target", "no_target"}


def test_where_lower_is_better_the_target_is_reached_from_below(scoreboard: duckdb.DuckDBPyConnection) -> None:
    assert row(scoreboard, "dissatisfaction_rate", "month", "2025-02-01")["status"] == "on_target"
    assert row(scoreboard, "dissatisfaction_rate", "month", "2025-03-01")["status"] == "off_target"


def test_a_count_has_a_target_only_as_a_whole_and_one_without_direction_has_no_status(scoreboard: duckdb.DuckDBPyConnection) -> None:
    whole = row(scoreboard, "survey_sent_count", "month", "2025-03-01")
    assert (whole["target_value"], whole["status"]) == (100, "no_target")
    assert row(scoreboard, "survey_sent_count", "month", "2025-02-01", "phone")["target_value"] is None


def test_a_target_of_another_grain_does_not_hold(scoreboard: duckdb.DuckDBPyConnection) -> None:
    day = row(scoreboard, "csat_mean", "day", "2025-02-01")
    assert (day["target_value"], day["status"]) == (None, "no_target")


def test_a_sample_below_the_minimum_is_flagged_and_the_running_period_is_known(scoreboard: duckdb.DuckDBPyConnection) -> None:
    # The small project's minimum sample is 1.
    assert [row(scoreboard, "csat_rate", "month", start)["is_small_sample"] for start in ("2025-02-01", "2025-03-01")] == [False, True]
    running = scoreboard.execute("select distinct period_grain, period_start from main.kpi_scoreboard where is_running_period").fetchall()
    assert set(running) == {("month", dt.date(2025, 3, 1)), ("quarter", dt.date(2025, 1, 1))}


def test_the_published_figure_beside_a_kpi_is_the_one_marked_for_it(scoreboard: duckdb.DuckDBPyConnection) -> None:
    assert row(scoreboard, "csat_rate", "month", "2025-02-01")["benchmark_value"] == 0.9
    assert row(scoreboard, "csat_mean", "month", "2025-02-01")["benchmark_value"] is None


def test_every_row_of_every_family_is_one_of_the_scoreboard_with_its_definition(scoreboard: duckdb.DuckDBPyConnection) -> None:
    columns = "kpi_id, period_grain, cast(period_start as varchar), dimension, member, value, n"
    found = scoreboard.execute(f"select {columns} from main.kpi_scoreboard").fetchall()
    given = [tuple(row.values()) for row in [*FAMILY, *OTHER_FAMILY]]
    assert (len(found), set(found)) == (len(given), set(given))
    tickets = row(scoreboard, "ticket_count", "month", "2025-02-01")
    assert (tickets["family"], tickets["kpi_name_en"], tickets["unit"]) == ("efficiency", "Tickets", "count")
