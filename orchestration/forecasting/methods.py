"""Ways to foretell a daily series 28 days ahead, each told from every day of its history at once. Judges none of them.

A row of a method's result holds what it said after so many days: row 100 was told by days 0 to 99, its column 0 speaks of day 100.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

HORIZON_DAYS = 28
WEEK = 7
TRAILING_WEEKS = 8
# Before that many days nobody is asked: every method has seen each weekday twice by then.
FIRST_TOLD = 2 * WEEK

NAIVE, ETS, COMBINED = "seasonal_naive", "ets", "combined"
METHODS = (NAIVE, ETS, COMBINED)


def told_by(history: Numbers, learnt_from: int) -> dict[str, Numbers]:
    """What each method says after every number of days of ``history``; parameters are estimated on its first ``learnt_from`` days.

    The seasonal naive repeats the last week. ETS is additive in error and weekday, without trend: what statsmodels makes of it. Combined is
    the mean of ETS and of the same weekdays' mean over the last eight weeks, which is slower to follow and slower to be misled.
    """
    ets = _ets(history, learnt_from)
    return {NAIVE: _weekday_means(history, 1), ETS: ets, COMBINED: (ets + _weekday_means(history, TRAILING_WEEKS)) / 2}


def _repeated(weeks: Numbers) -> Numbers:
    """Rows of seven days, each repeated to the horizon."""
    return np.tile(weeks, (1, HORIZON_DAYS // WEEK))


def _weekday_means(history: Numbers, most_weeks: int) -> Numbers:
    means = np.full((len(history) + 1, WEEK), np.nan)
    for told in range(WEEK, len(history) + 1):
        weeks = min(most_weeks, told // WEEK)
        means[told] = history[told - weeks * WEEK : told].reshape(weeks, WEEK).mean(axis=0)
    return _repeated(means)


def _ets(history: Numbers, learnt_from: int) -> Numbers:
    """One pass over the whole history with parameters of its beginning: the states after each day are what a forecast of that day had."""
    from statsmodels.tools.sm_exceptions import ConvergenceWarning
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    def model(days: Numbers) -> Any:
        return ETSModel(days, error="add", trend=None, seasonal="add", seasonal_periods=WEEK)

    # The model does not mind the unit, its optimiser does.
    unit = float(history[:learnt_from].mean()) or 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        estimated = model(history[:learnt_from] / unit).fit(disp=False, maxiter=200)
        smoothed = model(history / unit).smooth(estimated.params)
    level, season = np.asarray(smoothed.level), np.asarray(smoothed.season)
    weeks = np.full((len(history) + 1, WEEK), np.nan)
    for told in range(WEEK, len(history) + 1):
        weeks[told] = level[told - 1] + season[told - WEEK : told]
    return np.maximum(_repeated(weeks), 0) * unit
