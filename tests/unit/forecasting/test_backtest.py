"""Forecasts judged on their own past: the figures of small series by hand, and what is reached on a simulated and on real years."""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest

from orchestration.forecasting.backtest import FEWEST_DAYS, Forecast, Judged, forecast
from orchestration.forecasting.methods import COMBINED, ETS, METHODS, NAIVE, Numbers, told_by
from tests.support.warehouse import real_data

WEEK = [10, 20, 30, 40, 50, 60, 70]


def series(*weeks: list[int]) -> Numbers:
    return np.array([count for week in weeks for count in week], dtype=np.float64)


def judged(told: Forecast, method: str) -> Judged:
    (found,) = (each for each in told.judged if each.method == method)
    return found


def test_the_naive_repeats_the_last_week_and_combined_leans_on_eight() -> None:
    history = series(*[WEEK] * 8, [count + 16 for count in WEEK])
    told = told_by(history, learnt_from=56)
    assert told[NAIVE][63].tolist() == [count + 16 for count in WEEK] * 4
    # Seven weeks as ever and one of 16 more: 2 more. The mean with ETS.
    assert told[COMBINED][63] == pytest.approx((told[ETS][63] + np.array([count + 2 for count in WEEK] * 4)) / 2)
    # What was told earlier knew nothing of the last week.
    assert told[NAIVE][56].tolist() == WEEK * 4


def test_what_a_method_says_on_a_day_does_not_depend_on_what_came_after() -> None:
    generator = np.random.default_rng(1)
    history = generator.poisson(np.tile(WEEK, 20)).astype(np.float64)
    later = np.concatenate([history[:100], np.full(40, 500.0)])
    for method in METHODS:
        assert told_by(history, learnt_from=70)[method][100].tolist() == told_by(later, learnt_from=70)[method][100].tolist()


def test_ets_is_what_statsmodels_foretells() -> None:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    history = np.random.default_rng(2).poisson(np.tile(WEEK, 12)).astype(np.float64)
    unit = history.mean()
    model = ETSModel(history / unit, error="add", trend=None, seasonal="add", seasonal_periods=7)
    expected = model.fit(disp=False, maxiter=200).forecast(28) * unit
    assert told_by(history, learnt_from=len(history))[ETS][len(history)] == pytest.approx(np.asarray(expected))


def test_the_error_is_what_was_missed_over_what_came() -> None:
    # Eleven weeks alike but for the tenth, which has 7 more each day: the origins are after weeks 4, 5, 6 and 7, four weeks each.
    told = forecast(series(*[WEEK] * 9, [count + 7 for count in WEEK], WEEK))
    naive = judged(told, NAIVE)
    assert (naive.origins, naive.days, naive.verdict) == (4, 112, "baseline")
    # The naive says the usual week each time: it misses the tenth where that is among the four, after weeks 6 and 7.
    assert (naive.actual, naive.absolute_error) == (4 * 4 * 280 + 2 * 49, 2 * 49)
    assert naive.error == 98 / 4578


@pytest.mark.parametrize(("days", "verdict"), [(FEWEST_DAYS - 1, "too_short"), (FEWEST_DAYS, "baseline")])
def test_ten_weeks_are_needed(days: int, verdict: str) -> None:
    history = np.random.default_rng(3).poisson(20, days).astype(np.float64)
    assert judged(forecast(history), NAIVE).verdict == verdict


@pytest.mark.parametrize(("silent_days", "verdict"), [(6, "baseline"), (7, "silent")])
def test_a_source_that_fell_silent_for_a_week_is_foretold_nothing(silent_days: int, verdict: str) -> None:
    history = np.random.default_rng(3).poisson(20, 100).astype(np.float64)
    history[-silent_days:] = 0
    told = forecast(history)
    assert judged(told, NAIVE).verdict == verdict
    assert verdict == "baseline" or told.days == ()


def test_a_forecast_that_does_not_beat_the_naive_is_not_shown() -> None:
    # The same every week, to the ticket: nothing is better than saying so.
    told = forecast(series(*[WEEK] * 12))
    assert (told.method, told.days) == (None, ())
    assert [each.verdict for each in told.judged] == ["baseline", "loses_to_naive", "loses_to_naive"]


def test_the_better_one_is_shown_and_the_other_one_beaten() -> None:
    history = np.random.default_rng(4).poisson(np.tile(WEEK, 30)).astype(np.float64)
    told = forecast(history)
    errors = {each.method: each.error for each in told.judged}
    assert told.method == min(errors, key=lambda method: errors[method] or 0) != NAIVE
    assert sorted(each.verdict for each in told.judged) == ["baseline", "beaten", "shown"]
    assert [day.ahead for day in told.days] == list(range(1, 29))
    assert all(0 <= day.lower <= day.expected <= day.upper for day in told.days)


def test_the_same_history_gives_the_same_forecast() -> None:
    history = np.random.default_rng(5).poisson(np.tile(WEEK, 20)).astype(np.float64)
    assert forecast(history) == forecast(history.copy())


def simulated_year() -> Numbers:
    """Tickets a day of `aftersales simulate --orders 60000 --days 400 --until 2025-12-31 --seed 5`, spam and merged ones too."""
    with Path(__file__).with_name("simulated_year.csv").open(encoding="utf-8", newline="") as file:
        return np.array([float(row["tickets"]) for row in csv.DictReader(file)])[1:]


def counted(query: str, *, until: date | None = None) -> Numbers:
    """A number a day from the second day that a query of moments tells on."""
    found = duckdb.sql(f"select cast(moment as date) as day, count(*) from ({query}) as told group by day order by day").fetchall()
    counts: dict[date, int] = dict(found)
    first, last = min(counts) + timedelta(days=1), (until or max(counts)) - timedelta(days=1)
    return np.array([float(counts.get(first + timedelta(days=passed), 0)) for passed in range((last - first).days + 1)])


def incidents() -> Numbers:
    file = real_data() / "incidents" / "incident_event_log.csv.gz"
    return counted(
        f"""
        select min(strptime(opened_at, '%d/%m/%Y %H:%M')) as moment
        from read_csv('{file}', all_varchar=true)
        group by number
        """
    )


def olist() -> Numbers:
    """Orders from 2017 on until they thin out: the sample has next to none after August 2018."""
    file = real_data() / "olist" / "olist_orders_dataset.csv"
    query = f"select order_purchase_timestamp::timestamp as moment from read_csv('{file}', all_varchar=true)"
    return counted(f"select moment from ({query}) as orders where moment >= timestamp '2017-01-01'", until=datetime(2018, 8, 20).date())


@pytest.mark.parametrize(
    ("history", "shown", "origins", "naive", "ets", "combined", "coverage"),
    [
        (simulated_year, COMBINED, 26, 0.194, 0.167, 0.147, 0.74),
        (incidents, COMBINED, 3, 0.233, 0.204, 0.199, 0.77),
        (olist, COMBINED, 26, 0.277, 0.243, 0.224, 0.80),
    ],
    ids=["simulated", "incidents", "olist"],
)
def test_what_is_reached_is_what_the_docs_say(
    history: object, shown: str, origins: int, naive: float, ets: float, combined: float, coverage: float
) -> None:
    assert callable(history)
    told = forecast(history())
    errors = {each.method: round(each.error or 0, 3) for each in told.judged}
    best = judged(told, told.method or "")
    assert (told.method, best.origins) == (shown, origins)
    # Estimates differ in the last digits between machines.
    assert errors == pytest.approx({NAIVE: naive, ETS: ets, COMBINED: combined}, abs=0.004)
    assert (best.covered_days or 0) / best.days == pytest.approx(coverage, abs=0.02)
