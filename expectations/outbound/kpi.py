"""Reads the KPI definitions and says between which bounds a KPI of a unit can lie. Knows no mart."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from expectations.thresholds import COUNTED_ONCE_PER_PERIOD, POINTS_RANGE, SCORE_RANGES, STATES_AT_PERIOD_END, UNBOUNDED_RATIOS

# Lowest and highest possible value; None where there is no such bound.
Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class Kpi:
    """A line of the seed ``kpi_definitions``."""

    kpi_id: str
    family: str
    unit: str
    has_numerator: bool
    has_denominator: bool

    @property
    def bounds(self) -> Bounds:
        """Lowest and highest possible value. Raises ``KeyError`` for a score without a range."""
        if self.unit == "amount" or self.kpi_id in UNBOUNDED_RATIOS:
            return (None, None)
        if self.unit == "ratio":
            return (0, 1)
        if self.unit == "points":
            return POINTS_RANGE
        if self.unit == "score":
            if self.kpi_id not in SCORE_RANGES:
                raise KeyError(f"The score {self.kpi_id} has no range: add its scale to SCORE_RANGES in expectations/thresholds.py.")
            return SCORE_RANGES[self.kpi_id]
        return (0, None)

    @property
    def is_share(self) -> bool:
        """Whether the numerator counts part of the denominator."""
        return self.unit == "ratio" and self.has_denominator and self.kpi_id not in UNBOUNDED_RATIOS

    @property
    def is_quotient(self) -> bool:
        """Whether it is a numerator divided by a denominator."""
        return self.has_numerator and self.has_denominator

    @property
    def adds_up_over_members(self) -> bool:
        """Whether the members of a dimension add up to overall."""
        return self.kpi_id not in COUNTED_ONCE_PER_PERIOD

    @property
    def adds_up_over_days(self) -> bool:
        """Whether the days of a longer period add up to it."""
        return self.adds_up_over_members and self.kpi_id not in STATES_AT_PERIOD_END

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns in the mart of its family."""
        return tuple(self.kpi_id + suffix for suffix in ("", "_numerator", "_denominator", "_n", "_lower", "_upper"))


def read_kpis(definitions: Path) -> list[Kpi]:
    """The KPIs of the seed file ``definitions``, in its order."""
    with definitions.open(encoding="utf-8", newline="") as file:
        return [
            Kpi(
                kpi_id=line["kpi_id"],
                family=line["family"],
                unit=line["unit"],
                has_numerator=bool(line["numerator"]),
                has_denominator=bool(line["denominator"]),
            )
            for line in csv.DictReader(file)
        ]
