"""Days that are off: each level at its edge, what is not judged, what stays open since when, and whom it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from tests.support.compiled_models import CompiledProject
from tests.support.ticket_clock import one, rows_of
from tests.unit.kpi import judged_days
from tests.unit.kpi.worked_examples import MartExample, mart_examples, row_of


@pytest.fixture(scope="module")
def judged(project: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    with judged_days.judged(project, judged_days.scoreboard()) as connection:
        yield connection


def of_days() -> list[MartExample]:
    return [example for example in mart_examples("forecast") if example.mart.startswith("kpi_")]


@pytest.mark.parametrize("example", of_days(), ids=lambda example: f"{example.mart}-{'-'.join(example.row.values())}")
def test_a_mart_is_what_its_worked_example_says(judged: duckdb.DuckDBPyConnection, example: MartExample) -> None:
    assert {
        name: value if value is None else round(value, 4) for name, value in row_of(judged, f"forecast.{example.mart}", example).items()
    } == {name: value if value is None else round(value, 4) for name, value in example.figures.items()}


def levels(judged: duckdb.DuckDBPyConnection, kpi_id: str) -> dict[str, str]:
    rows = rows_of(judged, "select * from forecast.kpi_anomalies where kpi_id = ? and day_on > '2025-11-29'", kpi_id)
    return {
        str(row["day_on"]): row["alert_level"] if row["alert_level"] == "normal" else f"{row['alert_level']} {row['side']}" for row in rows
    }


def test_each_level_begins_at_its_edge(judged: duckdb.DuckDBPyConnection) -> None:
    # The root of 100 is 10, and a count of 100 differs by 0.5 there by chance: four spreads are 2, five 2.5, six 3.
    assert levels(judged, "ticket_count") == {
        "2025-11-30": "normal",
        # √143 = 11.96, √144 = 12, √157 = 12.53, √169 = 13, √64 = 8, √20 = 4.47.
        "2025-12-01": "normal",
        "2025-12-02": "notice above",
        "2025-12-03": "warning above",
        "2025-12-04": "critical above",
        "2025-12-05": "notice below",
        "2025-12-06": "normal",
        "2025-12-07": "critical below",
    }


def test_six_of_eight_weekdays_are_needed(judged: duckdb.DuckDBPyConnection) -> None:
    # Begun on Wednesday, 22 October: five Tuesdays before 2 December, six Wednesdays before the 3rd.
    assert levels(judged, "request_count") == {
        "2025-12-03": "critical below", "2025-12-04": "normal", "2025-12-05": "normal", "2025-12-06": "normal", "2025-12-07": "normal"
    }  # fmt: skip


def test_a_holiday_is_at_most_a_notice_and_nobodys_usual_day(judged: duckdb.DuckDBPyConnection) -> None:
    query = "select * from forecast.kpi_anomalies where kpi_id = 'ticket_count' and day_on = ?"
    national_day, week_after = one(judged, query, date(2025, 10, 2)), one(judged, query, date(2025, 10, 16))
    assert (national_day["alert_level"], national_day["is_special_day"], national_day["deviation"]) == ("notice", True, 20)
    # Eight Thursdays before the 16th, but for the 2nd.
    assert (week_after["baseline_week_count"], week_after["expected_value"], week_after["alert_level"]) == (7, 100, "normal")


def test_without_anybody_who_keeps_the_calendar_a_holiday_is_a_day_like_others(project: CompiledProject) -> None:
    members = {"measures.measure_members": "select 'x' as measure, 'source_system' as dimension, 'elsewhere' as member"}
    with judged_days.judged(project, judged_days.scoreboard(), members) as elsewhere:
        query = "select * from forecast.kpi_anomalies where kpi_id = 'ticket_count' and day_on = '2025-10-02'"
        assert one(elsewhere, query)["alert_level"] == "critical"


def test_what_was_the_same_on_all_weekdays_and_by_no_chance_is_at_most_a_notice(judged: duckdb.DuckDBPyConnection) -> None:
    assert levels(judged, "first_reply_minutes_median")["2025-12-07"] == "notice above"


def test_the_running_day_and_days_too_long_ago_are_not_judged(judged: duckdb.DuckDBPyConnection) -> None:
    told = one(judged, "select min(day_on) as first_on, max(day_on) as last_on from forecast.kpi_anomalies where kpi_id = 'ticket_count'")
    # 91 days before 8 December.
    assert told == {"first_on": date(2025, 9, 8), "last_on": date(2025, 12, 7)}


def test_an_alert_is_open_while_the_newest_day_is_off_and_for_a_week_without_a_figure(judged: duckdb.DuckDBPyConnection) -> None:
    found = {row["kpi_id"]: row for row in rows_of(judged, "select * from forecast.kpi_alerts")}
    assert {kpi_id: (str(row["open_since"]), row["open_day_count"], row["side"]) for kpi_id, row in found.items()} == {
        # The day before was as usual.
        "ticket_count": ("2025-12-07", 1, "below"),
        # Off since the 3rd, but on that day above.
        "resolved_count": ("2025-12-04", 4, "below"),
        "csat_rate": ("2025-12-07", 1, "below"),
        "first_reply_minutes_median": ("2025-12-07", 1, "above"),
        "resolution_minutes_median": ("2025-12-07", 1, "above"),
        # Judged last on the 1st, seven days before as_of; of the suggestions nobody has known for eight.
        "backlog_open": ("2025-12-01", 1, "above"),
    }
    assert "request_count" not in found and "suggestion_count" not in found
    assert {kpi_id: row["is_worse"] for kpi_id, row in found.items() if kpi_id in ("csat_rate", "ticket_count", "backlog_open")} == {
        "csat_rate": True, "ticket_count": None, "backlog_open": True
    }  # fmt: skip


def test_the_member_that_drives_an_alert_is_the_one_that_changed_beyond_its_part(judged: duckdb.DuckDBPyConnection) -> None:
    found = {row["kpi_id"]: (row["driver_dimension"], row["driver_member"]) for row in rows_of(judged, "select * from forecast.kpi_alerts")}
    # All that changed is of no known region; of whom anything is known, phone stands out most.
    assert found["csat_rate"] == ("channel", "phone")
    # 78 of 80 calls less are 97.5 % of the change, their usual part is 80 %: no fifth more.
    assert found["ticket_count"] == (None, None)
    # Medians have no parts.
    assert found["resolution_minutes_median"] == (None, None)


@pytest.mark.parametrize(("cases", "level"), [(4, "notice"), (5, "critical")])
def test_few_cases_are_at_most_a_notice(project: CompiledProject, cases: int, level: str) -> None:
    board = [row if row["period_start"] != date(2025, 12, 7) else {**row, "n": cases} for row in judged_days.scoreboard()]
    with judged_days.judged(project, board) as few:
        query = "select alert_level from forecast.kpi_anomalies where day_on = '2025-12-07' and kpi_id = ?"
        assert one(few, query, "resolution_minutes_median")["alert_level"] == level
        # A count has no more cases than it says.
        assert one(few, query, "ticket_count")["alert_level"] == "critical"
