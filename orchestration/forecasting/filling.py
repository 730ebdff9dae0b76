"""Reads the daily series of a built warehouse, and writes what is foretold of them into the marts that dbt made for it.

What is written depends on the built marts alone. A series whose history is the one it was last foretold from is left as it is.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np

from orchestration.connections import connected
from orchestration.forecasting.backtest import MOST_DAYS, NOT_ESTIMATED, Forecast, forecast
from orchestration.forecasting.staffing_hours import fill_staffing_hours
from orchestration.project import project_variables

# Series: the measure that counts it, the table that has it, and the dimension under whose members it is foretold too.
_SERIES = {
    "tickets": ("tickets_created", "measures.measure_tickets", "issue_type"),
    "requests": ("requests_made", "measures.measure_requests", "request_type"),
}
_CODE = ("methods.py", "backtest.py", "filling.py")


@dataclass(frozen=True)
class Series:
    """A daily series: what is counted, of whom, how much each day from ``first_on`` to the last whole day."""

    name: str
    dimension: str
    member: str
    first_on: date
    counts: Sequence[int]

    @property
    def key(self) -> tuple[str, str, str]:
        """By what the marts know it."""
        return self.name, self.dimension, self.member

    def fingerprint(self, code: str) -> str:
        """By what it is known whether it has to be foretold again."""
        return hashlib.sha256(f"{code}|{self.first_on}|{list(self.counts)}".encode()).hexdigest()


@dataclass(frozen=True)
class Filled:
    """What was done: series there are, those that were foretold anew, and what is to be said of it."""

    series: int
    made_anew: int
    messages: Sequence[str] = ()


def fill(warehouse: Path, *, time_zone: str) -> Filled:
    """Foretell what changed in the warehouse at ``warehouse``, and staff its hours, in one transaction."""
    with connected(warehouse) as connection:
        as_of = _as_of(connection)
        if as_of is None or not _has_forecasts(connection):
            return Filled(0, 0)
        connection.begin()
        today = as_of.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(time_zone)).date()
        filled = _fill_forecasts(connection, today)
        fill_staffing_hours(connection, today=today, time_zone=time_zone, minimum_sample=int(project_variables()["minimum_sample"]))
        connection.commit()
    return filled


def _as_of(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    row = connection.execute("select as_of_at from intermediate.int_as_of__resolved").fetchone()
    return row[0] if row else None


def _has_forecasts(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the project has the family: who leaves it out has nothing foretold."""
    return bool(connection.execute("from duckdb_tables() where schema_name = 'forecast' and table_name = 'forecast_daily'").fetchall())


def _fill_forecasts(connection: duckdb.DuckDBPyConnection, today: date) -> Filled:
    code = hashlib.sha256(b"".join((Path(__file__).parent / name).read_bytes() for name in _CODE)).hexdigest()
    known = {
        (name, dimension, member): fingerprint
        for name, dimension, member, fingerprint in connection.execute(
            "select distinct series, dimension, member, history_fingerprint from forecast.forecast_backtest"
        ).fetchall()
    }
    found = {series.key: series for series in daily_series(connection, today)}
    changed = [series for series in found.values() if known.get(series.key) != series.fingerprint(code)]
    for key in [*(known.keys() - found.keys()), *(series.key for series in changed)]:
        for table in ("forecast_daily", "forecast_backtest"):
            connection.execute(f"delete from forecast.{table} where series = ? and dimension = ? and member = ?", key)
    messages: list[str] = []
    for series in changed:
        try:
            told = forecast(np.array(series.counts, dtype=np.float64))
        except (ArithmeticError, ValueError, np.linalg.LinAlgError) as error:
            # A forecast that cannot be had is no reason to keep the figures of the day from readers.
            messages.append(f"No forecast of {' '.join(series.key)}: {error}. All else is published.")
            told = NOT_ESTIMATED
        _write(connection, series, told, today=today, fingerprint=series.fingerprint(code))
    return Filled(len(found), len(changed), tuple(messages))


def daily_series(connection: duckdb.DuckDBPyConnection, today: date) -> list[Series]:
    """All series up to the last day before ``today``, each from the day after its first: a feed begins in the middle of a day."""
    series: list[Series] = []
    for name, (measure, table, dimension) in _SERIES.items():
        rows = connection.execute(
            f"""
            select measures.dimension, measures.member, measures.period_start, cast(measures.total as bigint)
            from {table} as measures
            where
                measures.measure = ?
                and measures.period_grain = 'day'
                and measures.dimension in ('overall', ?)
                and measures.period_start < ?
                and measures.total > 0
            order by measures.dimension, measures.member, measures.period_start
            """,
            [measure, dimension, today],
        ).fetchall()
        by_member: defaultdict[tuple[str, str], dict[date, int]] = defaultdict(dict)
        for told_dimension, member, day, count in rows:
            by_member[told_dimension, member][day] = count
        series += [
            Series(name, told_dimension, member, *_from_the_second_day(days, today)) for (told_dimension, member), days in by_member.items()
        ]
    return series


def _from_the_second_day(days: Mapping[date, int], today: date) -> tuple[date, list[int]]:
    first_on = max(min(days) + timedelta(days=1), today - timedelta(days=MOST_DAYS))
    return first_on, [days.get(first_on + timedelta(days=passed), 0) for passed in range((today - first_on).days)]


def _write(connection: duckdb.DuckDBPyConnection, series: Series, told: Forecast, *, today: date, fingerprint: str) -> None:
    naive = next((judged.absolute_error for judged in told.judged if judged.verdict == "baseline"), None)
    connection.executemany(
        """
        insert into forecast.forecast_backtest (
            series, dimension, member, method, verdict, history_day_count, origin_count, judged_day_count, covered_day_count,
            actual_count, absolute_error_count, error_rate, error_against_naive, coverage_share, history_fingerprint
        )
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            [
                *series.key,
                judged.method,
                judged.verdict,
                len(series.counts),
                judged.origins,
                judged.days,
                judged.covered_days,
                judged.actual,
                judged.absolute_error,
                _ratio(judged.absolute_error, judged.actual),
                _ratio(judged.absolute_error, naive),
                _ratio(judged.covered_days, judged.days),
                fingerprint,
            ]
            for judged in told.judged
        ],
    )
    if told.days:
        connection.executemany(
            """
            insert into forecast.forecast_daily (
                series, dimension, member, forecast_on, method, days_ahead, expected_count, lower_count, upper_count
            )
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                [*series.key, today + timedelta(days=day.ahead - 1), told.method, day.ahead, day.expected, day.lower, day.upper]
                for day in told.days
            ],
        )


def _ratio(part: float | None, whole: float | None) -> float | None:
    return round(part / whole, 6) if part is not None and whole else None
