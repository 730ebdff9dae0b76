"""The days of a simulation: where they begin and end, how many orders fall on each. Knows seasons, not customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from shop_simulator import truths
from shop_simulator.draws import MILLION, Flags, Ints

# The simulated shop keeps the contract's default zone, Asia/Shanghai: eight hours ahead of UTC, no daylight saving.
ZONE_SECONDS = 8 * truths.HOUR
EPOCH = date(1970, 1, 1)
# A moment that does not come. Every real moment is smaller, so that `moment <= end` asks whether it came.
NEVER = 1 << 52


@dataclass(frozen=True)
class Window:
    """The simulated days, the last one included. Moments are whole seconds since 1970 in UTC."""

    days: int
    until: date

    @property
    def first_day(self) -> date:
        """The first simulated day."""
        return self.until - timedelta(days=self.days - 1)

    @cached_property
    def start(self) -> int:
        """The first second."""
        return self.midnight(0)

    @cached_property
    def end(self) -> int:
        """The last second; nothing happens later."""
        return self.midnight(self.days) - 1

    def midnight(self, day: int) -> int:
        """The first second of a day, counted from the first day of the window."""
        return ((self.first_day - EPOCH).days + day) * truths.DAY - ZONE_SECONDS

    def day_of(self, moments: Ints) -> Ints:
        """The day, counted from the first one, on which each moment lies."""
        return (moments - self.start) // truths.DAY

    def date_of(self, day: int) -> date:
        """The calendar day."""
        return self.first_day + timedelta(days=day)

    def at_percent(self, percent: int) -> int:
        """The midnight that lies a share of the window after its start."""
        return self.midnight(self.days * percent // 100)

    def has_come(self, moments: Ints) -> Flags:
        """Whether each moment lies inside the simulated time."""
        return moments <= self.end

    def orders_by_day(self, orders: int) -> list[int]:
        """How many orders fall on each day: the given number in all, shared out by season (largest remainders)."""
        weights = [self._weight(day) for day in range(self.days)]
        total = sum(weights)
        counts = [orders * weight // total for weight in weights]
        by_remainder = sorted(range(self.days), key=lambda day: (-(orders * weights[day] % total), day))
        for day in by_remainder[: orders - sum(counts)]:
            counts[day] += 1
        return counts

    def is_promotion(self, day: int) -> bool:
        """Whether the day belongs to a sales campaign."""
        today = self.date_of(day)
        return (today.month, today.day) in truths.PROMOTIONS

    def _weight(self, day: int) -> int:
        today = self.date_of(day)
        weight = truths.WEEKDAY_WEIGHTS[today.weekday()] * truths.PROMOTIONS.get((today.month, today.day), 100)
        for festival in truths.SPRING_FESTIVALS:
            if 0 <= (today - date.fromisoformat(festival)).days < 7:
                weight = weight * truths.SPRING_FESTIVAL_PERCENT // 100
        return weight * (MILLION + truths.YEARLY_GROWTH_PPM * day // 365) // MILLION


def last_changes_of_a_day(window: Window, moments: Sequence[Ints]) -> list[tuple[Ints, Ints]]:
    """The versions that a daily extract shows of rows which change at the given moments.

    For each kind of change: the rows (as positions) that show it as the last change of its day, and the moment. A row that
    changes twice on one day is extracted once, as it stood at midnight.
    """
    versions: list[tuple[Ints, Ints]] = []
    days = [window.day_of(moment) for moment in moments]
    for mine, moment in enumerate(moments):
        shows: Flags = window.has_come(moment)
        for other, later in enumerate(moments):
            if other != mine:
                beats = (later > moment) | ((later == moment) & (other > mine))
                shows &= ~((days[other] == days[mine]) & beats)
        rows = np.flatnonzero(shows)
        versions.append((rows, moment[rows]))
    return versions
