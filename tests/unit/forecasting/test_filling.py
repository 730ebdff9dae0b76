"""The marts of forecasts and staffing, from a shop whose hours are worked out by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.forecasting import filling
from orchestration.forecasting.filling import fill
from orchestration.project import PROJECT_ROOT
from tests.support.ticket_clock import at, rows_of
from tests.unit.forecasting import staffed_shop
from tests.unit.kpi.worked_examples import MartExample, mart_examples, row_of

ZONE = "Asia/Shanghai"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    warehouse = tmp_path_factory.mktemp("staffed") / "warehouse.duckdb"
    staffed_shop.build(warehouse)
    fill(warehouse, time_zone=ZONE)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        yield connection


def of_filled() -> list[MartExample]:
    return [example for example in mart_examples("forecast") if not example.mart.startswith("kpi_")]


@pytest.mark.parametrize("example", of_filled(), ids=lambda example: f"{example.mart}-{'-'.join(example.row.values())}")
def test_a_mart_is_what_its_worked_example_says(filled: duckdb.DuckDBPyConnection, example: MartExample) -> None:
    assert row_of(filled, f"forecast.{example.mart}", example) == example.figures


def test_every_hour_of_the_week_is_told_of_each_channel_with_a_ticket(filled: duckdb.DuckDBPyConnection) -> None:
    told = rows_of(filled, "select channel, count(*) as hours from forecast.staffing_hours group by channel order by channel")
    assert {row["channel"]: row["hours"] for row in told} == dict.fromkeys(("chat", "email", "phone", "unknown"), 168)


def test_an_hour_without_tickets_or_agents_needs_and_has_nobody(filled: duckdb.DuckDBPyConnection) -> None:
    told = rows_of(filled, "select * from forecast.staffing_hours where channel = 'phone' and day_of_week = 3 and hour_of_day = 4")
    assert [(row["agents_needed"], row["agents_at_work_mean"], row["expected_count"]) for row in told] == [(0, 0, 0)]


def test_assumed_handle_times_are_called_assumed(filled: duckdb.DuckDBPyConnection) -> None:
    told = rows_of(filled, "select distinct channel, handling_basis, handling_case_count, handling_seconds from forecast.staffing_hours")
    assert {row["channel"]: (row["handling_basis"], row["handling_case_count"], row["handling_seconds"]) for row in told} == {
        # Eight Mondays of sixty calls.
        "phone": ("delivered", 480, 300.0),
        # Ten of eighty mails tell theirs, too few.
        "email": ("assumed", 10, 600.0),
        "chat": ("assumed", 0, 480.0),
        "unknown": ("assumed", 0, 480.0),
    }


def test_what_is_out_of_scope_and_the_running_day_count_nowhere(filled: duckdb.DuckDBPyConnection) -> None:
    counted = rows_of(filled, "select sum(arrival_count) as arrivals, max(handling_seconds) as longest from forecast.staffing_hours")
    assert counted == [{"arrivals": 8 * (60 + 30 + 11), "longest": 600.0}]


def test_a_series_that_nobody_foretells_better_is_staffed_by_the_weeks_behind(filled: duckdb.DuckDBPyConnection) -> None:
    # The same every week: the naive is right to the ticket.
    assert rows_of(filled, "select count(*) as days from forecast.forecast_daily") == [{"days": 0}]
    assert rows_of(filled, "select distinct load_basis from forecast.staffing_hours") == [{"load_basis": "trailing_8_weeks"}]


def varied(warehouse: Path) -> None:
    """Other numbers on each day of the tickets' series, so that it is foretold; 28 of the days of tickets are there as they were."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update measures.measure_tickets set total = total + 10 * (hash(period_start) % 5)")


@pytest.fixture
def foretold(tmp_path: Path) -> Path:
    warehouse = tmp_path / "warehouse.duckdb"
    staffed_shop.build(warehouse)
    varied(warehouse)
    fill(warehouse, time_zone=ZONE)
    return warehouse


def content(warehouse: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return {
            mart: connection.execute(f"from forecast.{mart} order by all").fetchall()
            for mart in ("forecast_daily", "forecast_backtest", "staffing_hours")
        }


def test_the_forecast_begins_on_the_running_day_and_its_hours_share_it(foretold: Path) -> None:
    with duckdb.connect(str(foretold), read_only=True) as connection:
        days = rows_of(connection, "select * from forecast.forecast_daily where dimension = 'overall' order by forecast_on")
        assert [row["forecast_on"] for row in days] == [date(2025, 12, 8) + timedelta(days=passed) for passed in range(28)]
        mondays = [row["expected_count"] for row in days if row["forecast_on"].isoweekday() == 1]
        (hour,) = rows_of(
            connection, "select * from forecast.staffing_hours where channel = 'phone' and day_of_week = 1 and hour_of_day = 10"
        )
    # Two thirds of a Monday's ninety tickets.
    assert hour["load_basis"] == "forecast"
    assert hour["expected_count"] == pytest.approx(sum(mondays) / 4 * 2 / 3, abs=0.01)


def test_what_did_not_change_is_not_foretold_again_and_stays_as_it_is(foretold: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(foretold)

    def never(_: object) -> None:
        raise AssertionError("nothing changed")

    with monkeypatch.context() as patched:
        patched.setattr(filling, "forecast", never)
        assert fill(foretold, time_zone=ZONE) == filling.Filled(2, 0)
    assert content(foretold) == before


def test_a_late_row_makes_its_series_anew_as_a_build_from_nothing_does(foretold: Path, tmp_path: Path) -> None:
    anew = tmp_path / "anew.duckdb"
    staffed_shop.build(anew)
    varied(anew)
    for warehouse in (foretold, anew):
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute(
                "update measures.measure_tickets set total = total + 3 where dimension = 'overall' and period_start = '2025-11-03'"
            )
    assert fill(foretold, time_zone=ZONE).made_anew == 1
    assert fill(anew, time_zone=ZONE).made_anew == 2
    assert content(foretold) == content(anew)


def test_a_series_that_is_gone_leaves_no_rows(foretold: Path) -> None:
    with duckdb.connect(str(foretold)) as connection:
        connection.execute("delete from measures.measure_tickets where dimension = 'issue_type'")
    assert fill(foretold, time_zone=ZONE) == filling.Filled(1, 0)
    with duckdb.connect(str(foretold), read_only=True) as connection:
        assert rows_of(connection, "select distinct dimension from forecast.forecast_backtest") == [{"dimension": "overall"}]


def test_a_series_that_cannot_be_estimated_is_told_and_keeps_nothing_from_readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    staffed_shop.build(warehouse)

    def fails(_: object) -> None:
        raise ValueError("no parameters")

    monkeypatch.setattr(filling, "forecast", fails)
    done = fill(warehouse, time_zone=ZONE)
    assert done.messages[0] == "No forecast of tickets issue_type logistics: no parameters. All else is published."
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        assert rows_of(connection, "select distinct verdict from forecast.forecast_backtest") == [{"verdict": "not_estimated"}]


@pytest.mark.parametrize(
    ("as_of", "last_whole_day"),
    # The day of as_of is not over, to its last second; a second later it is.
    [("2025-12-07 23:59:59", date(2025, 12, 6)), ("2025-12-08 00:00:00", date(2025, 12, 7))],
)
def test_the_history_ends_with_the_last_whole_day(tmp_path: Path, as_of: str, last_whole_day: date) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    staffed_shop.build(warehouse, as_of=at(as_of))
    fill(warehouse, time_zone=ZONE)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        (told,) = rows_of(connection, "select distinct history_day_count from forecast.forecast_backtest")
    # From the second day on: 2 September.
    assert told["history_day_count"] == (last_whole_day - date(2025, 9, 1)).days


def test_a_warehouse_without_a_moment_has_no_forecast(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    staffed_shop.build(warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update intermediate.int_as_of__resolved set as_of_at = null")
    assert fill(warehouse, time_zone=ZONE) == filling.Filled(0, 0)


def test_a_project_without_the_family_has_nothing_foretold(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    staffed_shop.build(warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop schema forecast cascade")
    assert fill(warehouse, time_zone=ZONE) == filling.Filled(0, 0)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux says how many threads there are")
def test_numpy_starts_no_threads_that_would_wait_for_one_another() -> None:
    program = "import os, orchestration.forecasting.filling; print(len(os.listdir('/proc/self/task')))"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    told = subprocess.run([sys.executable, "-c", program], env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "1\n"
