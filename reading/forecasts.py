"""The series that are foretold day by day. A series is called by what it counts; its past is the KPI that is just that count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reading.kpis import KpiDefinition

# Series of the mart forecast_daily, and the measure whose days it goes on from.
COUNTED: Mapping[str, str] = {"tickets": "tickets_created", "requests": "requests_made"}
EVERYTHING = "overall"


def past_of(series: str, definitions: Iterable[KpiDefinition]) -> KpiDefinition | None:
    """The KPI whose figures a series goes on from; ``None`` where none is that count."""
    return next(
        (each for each in definitions if each.denominator is None and each.numerator == COUNTED.get(series, "") and each.unit == "count"),
        None,
    )
