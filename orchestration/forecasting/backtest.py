"""Judges methods on a series' own past: rolling origins, error, interval and its coverage, and which of them may be shown. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from orchestration.forecasting.methods import FIRST_TOLD, HORIZON_DAYS, METHODS, NAIVE, WEEK, Numbers, told_by

# A forecast a week, from half a year on; three at least, so that one week does not decide.
MOST_ORIGINS, FEWEST_ORIGINS = 26, 3
# Four weeks are learnt from, three origins a week apart are judged over four weeks each.
FEWEST_DAYS = 4 * WEEK + (FEWEST_ORIGINS - 1) * WEEK + HORIZON_DAYS
# What is older says little of the weeks to come.
MOST_DAYS = 400
# An interval needs that many earlier errors; at a distance that has fewer, it takes those of a shorter one.
FEWEST_ERRORS = 20
# The share of the days that an interval is to hold.
_INSIDE = 0.8
_WEEKS_UNSEEN = 4
_NO_REACH = 1e-9

Verdict = Literal["shown", "beaten", "loses_to_naive", "baseline", "too_short", "silent", "not_estimated"]


@dataclass(frozen=True)
class Judged:
    """How a method did. Without figures where there was nothing to judge."""

    method: str
    verdict: Verdict
    origins: int = 0
    days: int = 0
    actual: float | None = None
    absolute_error: float | None = None
    covered_days: int | None = None

    @property
    def error(self) -> float | None:
        """Absolute errors ÷ what came (WAPE); None where nothing came."""
        return self.absolute_error / self.actual if self.absolute_error is not None and self.actual else None


@dataclass(frozen=True)
class Day:
    """One day ahead: what is expected, and between what it lies in four cases of five."""

    ahead: int
    expected: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Forecast:
    """What is known of a series' next days: how each method did, and, where one may be shown, what it says."""

    judged: Sequence[Judged]
    method: str | None = None
    days: Sequence[Day] = ()


NOT_ESTIMATED = Forecast([Judged(method, "not_estimated") for method in METHODS])


def forecast(history: Numbers) -> Forecast:
    """Judge all methods on ``history`` (a number a day, the newest last); tell the next 28 days by the best one that beats the naive."""
    history = history[-MOST_DAYS:]
    if len(history) < FEWEST_DAYS:
        return Forecast([Judged(method, "too_short") for method in METHODS])
    if not history[-WEEK:].any():
        return Forecast([Judged(method, "silent") for method in METHODS])
    last = len(history) - HORIZON_DAYS
    origins = list(range(last, 4 * WEEK - 1, -WEEK))[:MOST_ORIGINS]
    told = told_by(history, learnt_from=origins[-1])
    actual = sum(float(history[origin : origin + HORIZON_DAYS].sum()) for origin in origins)
    errors = {
        method: round(sum(float(np.abs(history[at : at + HORIZON_DAYS] - told[method][at]).sum()) for at in origins), 6)
        for method in METHODS
    }
    intervals = {method: _intervals(history, told[method], [*origins, len(history)]) for method in METHODS}
    best = min(METHODS, key=lambda method: (errors[method], METHODS.index(method)))
    shown = None if best == NAIVE else best
    judged = [
        Judged(
            method,
            "baseline" if method == NAIVE else _verdict(errors[method] < errors[NAIVE], method == shown),
            origins=len(origins),
            days=len(origins) * HORIZON_DAYS,
            actual=actual,
            absolute_error=errors[method],
            covered_days=sum(int((intervals[method][at].missed(history[at : at + HORIZON_DAYS]) <= 1).sum()) for at in origins),
        )
        for method in METHODS
    ]
    return Forecast(judged, shown, _days(intervals[shown][len(history)]) if shown else ())


def _verdict(beats_naive: bool, is_shown: bool) -> Verdict:
    if not beats_naive:
        return "loses_to_naive"
    return "shown" if is_shown else "beaten"


@dataclass(frozen=True)
class _Interval:
    """What was expected of 28 days, and how far below and above it four days of five were thought to lie."""

    expected: Numbers
    below: Numbers
    above: Numbers

    def wider(self, factor: float) -> _Interval:
        """The same, so many times as wide."""
        return _Interval(self.expected, self.below * factor, self.above * factor)

    @property
    def lower(self) -> Numbers:
        """The lower end; a count is not negative."""
        return np.maximum(self.expected - self.below, 0)

    @property
    def upper(self) -> Numbers:
        """The upper end."""
        return self.expected + self.above

    def missed(self, came: Numbers) -> Numbers:
        """How far each day that has come lay from what was expected, 1 being the end of the interval."""
        error = came - self.expected[: len(came)]
        reach = np.where(error > 0, self.above[: len(came)], self.below[: len(came)])
        return np.abs(error) / np.maximum(reach, _NO_REACH)


def _intervals(history: Numbers, told: Numbers, origins: Sequence[int]) -> dict[int, _Interval]:
    """The interval told at each of the origins: as wide as the errors by then say, and wider where the ones told before held too little."""
    raw: dict[int, _Interval] = {}
    intervals: dict[int, _Interval] = {}
    for origin in sorted(origins):
        missed = np.concatenate(
            [np.empty(0), *(told_then.missed(history[then : min(origin, then + HORIZON_DAYS)]) for then, told_then in raw.items())]
        )
        factor = max(1.0, float(np.quantile(missed, _INSIDE))) if len(missed) >= HORIZON_DAYS else 1.0
        raw[origin] = _interval(history, told, origin)
        intervals[origin] = raw[origin].wider(factor)
    return intervals


def _interval(history: Numbers, told: Numbers, origin: int) -> _Interval:
    """Between what the days after ``origin`` lie, by the errors that were known by then.

    The middle four fifths of the errors as far ahead (1-7, 8-14, 15-21, 22-28 days), in units of the square root of what was expected: a
    count varies with its size. Few weeks show less than there is: it is widened by the root of 1 + 4 / weeks.
    """
    expected = told[origin]
    widened = np.sqrt(np.maximum(expected, 1) * (1 + _WEEKS_UNSEEN * WEEK / (origin - FIRST_TOLD)))
    below, above = np.zeros(HORIZON_DAYS), np.zeros(HORIZON_DAYS)
    known: Numbers = np.empty(0)
    for week in range(HORIZON_DAYS // WEEK):
        days = slice(week * WEEK, (week + 1) * WEEK)
        errors = np.concatenate([_scaled_errors(history, told, origin, ahead) for ahead in range(days.start, days.stop)])
        known = errors if len(errors) >= FEWEST_ERRORS or not len(known) else known
        if len(known):
            low, high = np.quantile(known, [(1 - _INSIDE) / 2, (1 + _INSIDE) / 2])
            below[days] = max(0.0, -float(low)) * widened[days]
            above[days] = max(0.0, float(high)) * widened[days]
    return _Interval(expected, below, above)


def _scaled_errors(history: Numbers, told: Numbers, origin: int, ahead: int) -> Numbers:
    """The errors of forecasts so many days ahead (0: the next day) whose day had come by ``origin``."""
    earlier = told[FIRST_TOLD : max(FIRST_TOLD, origin - ahead), ahead]
    came = history[FIRST_TOLD + ahead : FIRST_TOLD + ahead + len(earlier)]
    return (came - earlier) / np.sqrt(np.maximum(earlier, 1))


def _days(interval: _Interval) -> list[Day]:
    told = zip(interval.expected, interval.lower, interval.upper, strict=True)
    return [Day(number, *(round(float(figure), 2) for figure in figures)) for number, figures in enumerate(told, start=1)]
