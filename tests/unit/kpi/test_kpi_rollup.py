"""The shared roll-up of every KPI family against a second, naive computation in Python; the macros are the project's own files.

A tiny dbt project in a temporary folder uses them on random observations. What a family does with the roll-up is tested beside its mart.
"""

import datetime as dt
import json
import math
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import duckdb
import pytest

from tests.unit.kpi.small_project import BuiltProject, Row, values

GRAINS = ("day", "week", "month", "quarter", "year")
DIMENSIONS = ("channel", "region", "merchant")
Z = 1.959963984540054

MEASURES: list[dict[str, Any]] = [
    {"id": "total", "kind": "sum", "value": "score"},
    {"id": "average", "kind": "mean", "value": "score"},
    {"id": "minutes_mean", "kind": "mean", "value": "seconds", "divisor": 60},
    {"id": "minutes_median", "kind": "median", "value": "seconds", "divisor": 60},
    {"id": "minutes_p90", "kind": "p90", "value": "seconds", "divisor": 60},
    {"id": "good_share", "kind": "ratio", "numerator": "is_good", "denominator": "is_counted"},
    {"id": "good_of_all", "kind": "ratio", "numerator": "is_good"},
    {"id": "said_good", "kind": "ratio", "flag": "answered_good"},
    {"id": "good_customers", "kind": "distinct_ratio", "key": "customer_key", "numerator": "is_good", "denominator": "is_counted"},
    {"id": "weighted", "kind": "weighted_ratio", "weight": "weight", "numerator": "is_good", "denominator": "is_counted"},
    {"id": "seconds_per_score", "kind": "quotient", "numerator": "seconds", "denominator": "score"},
    {"id": "score_per_customer", "kind": "quotient", "numerator": "score", "denominator_key": "customer_key"},
]
CUSTOMER_MEASURES: list[dict[str, Any]] = [
    {"id": "customers_with_good", "kind": "ratio", "numerator": "is_good"},
    {"id": "customers_said_good", "kind": "ratio", "flag": "answered_good"},
    {"id": "customers_with_good_counted", "kind": "ratio", "numerator": "is_good", "denominator": "is_counted"},
    {"id": "last_was_good", "kind": "ratio", "flag": "answered_good", "latest_by": "answer_number"},
]

Cell = tuple[str, dt.date, str, str]


def observations(count: int, seed: int) -> list[Row]:
    """Random rows: nulls everywhere they may be, days around the turn of ISO years, a cell that has no case of some measures."""
    chance = random.Random(seed)
    rows: list[Row] = []
    for number in range(count):
        is_counted = chance.random() < 0.7
        rows.append(
            {
                "observed_on": None if number == 0 else dt.date(2023, 12, 20) + dt.timedelta(days=chance.randrange(400)),
                "channel": chance.choice(["phone", "chat", None]),
                "region": chance.choice(["north", "south", "east"]),
                "merchant": chance.choice(["m1", "m2", None]),
                "customer_key": f"c{chance.randrange(40)}",
                "score": chance.choice([1, 2, 3, 4, 5, None]),
                "seconds": None if chance.random() < 0.2 else round(chance.lognormvariate(6, 1.5), 6),
                "is_good": chance.random() < 0.6,
                "is_counted": is_counted,
                "weight": round(chance.uniform(0.2, 5), 6),
                "answered_good": chance.choice([True, False, None]),
                "answer_number": number,
            }
        )
    return rows


def period_starts(day: dt.date) -> dict[str, dt.date]:
    return {
        "day": day,
        "week": day - dt.timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1),
        "year": day.replace(month=1, day=1),
    }


def cells_of(rows: Iterable[Row]) -> dict[Cell, list[Row]]:
    cells: dict[Cell, list[Row]] = defaultdict(list)
    for row in rows:
        if row["observed_on"] is None:
            continue
        for grain, start in period_starts(row["observed_on"]).items():
            cells[grain, start, "overall", "all"].append(row)
            for dimension in DIMENSIONS:
                if dimension == "merchant" and grain in ("day", "week"):
                    continue
                cells[grain, start, dimension, row[dimension] or "unknown"].append(row)
    return cells


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below, above = math.floor(position), math.ceil(position)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def wilson(successes: float, cases: float) -> tuple[float, float]:
    share = successes / cases
    centre = (share + Z**2 / (2 * cases)) / (1 + Z**2 / cases)
    half = Z / (1 + Z**2 / cases) * math.sqrt(share * (1 - share) / cases + Z**2 / (4 * cases**2))
    return max(0.0, centre - half), min(1.0, centre + half)


Figures = tuple[float | None, float | None, float | None, int, float | None, float | None]


def ratio(successes: int, cases: int) -> Figures:
    return (successes / cases, successes, cases, cases, *wilson(successes, cases)) if cases else (None, successes, cases, cases, None, None)


def mean(values: list[float]) -> Figures:
    total = math.fsum(values)
    if not values:
        return (None, 0, 0, 0, None, None)
    centre = total / len(values)
    if len(values) == 1:
        return (centre, total, 1, 1, None, None)
    half = Z * statistics.stdev(values) / math.sqrt(len(values))
    return (centre, total, len(values), len(values), centre - half, centre + half)


def known(rows: list[Row], column: str, divisor: float = 1) -> list[float]:
    return [row[column] / divisor for row in rows if row[column] is not None]


def quantile(rows: list[Row], share: float) -> Figures:
    values = known(rows, "seconds", 60)
    return (percentile(values, share) if values else None, None, None, len(values), None, None)


def quotient(numerator: float, denominator: float, cases: int) -> Figures:
    return (numerator / denominator if denominator else None, numerator, denominator, cases, None, None)


def weighted(rows: list[Row]) -> Figures:
    weights = [row["weight"] for row in rows if row["is_counted"]]
    if not weights:
        return (None, None, None, 0, None, None)
    share = math.fsum(row["weight"] for row in rows if row["is_counted"] and row["is_good"]) / math.fsum(weights)
    effective = math.fsum(weights) ** 2 / math.fsum(weight**2 for weight in weights)
    return (share, None, None, len(weights), *wilson(share * effective, effective))


def keys(rows: list[Row], *flags: str) -> int:
    return len({row["customer_key"] for row in rows if all(row[flag] for flag in flags)})


def by_customer(rows: list[Row]) -> list[list[Row]]:
    customers: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        customers[row["customer_key"]].append(row)
    return list(customers.values())


def last_answers(rows: list[Row]) -> list[bool]:
    answers: list[bool] = []
    for customer in by_customer(rows):
        answered = [row for row in customer if row["answered_good"] is not None]
        if answered:
            answers.append(max(answered, key=lambda row: row["answer_number"])["answered_good"])
    return answers


NAIVE: dict[str, Callable[[list[Row]], Figures]] = {
    "total": lambda rows: (sum(known(rows, "score")), sum(known(rows, "score")), None, len(known(rows, "score")), None, None),
    "average": lambda rows: mean(known(rows, "score")),
    "minutes_mean": lambda rows: mean(known(rows, "seconds", 60)),
    "minutes_median": lambda rows: quantile(rows, 0.5),
    "minutes_p90": lambda rows: quantile(rows, 0.9),
    "good_share": lambda rows: ratio(sum(row["is_good"] and row["is_counted"] for row in rows), sum(row["is_counted"] for row in rows)),
    "good_of_all": lambda rows: ratio(sum(row["is_good"] for row in rows), len(rows)),
    "good_customers": lambda rows: ratio(keys(rows, "is_good", "is_counted"), keys(rows, "is_counted")),
    "weighted": weighted,
    "seconds_per_score": lambda rows: quotient(
        math.fsum(known(rows, "seconds")), math.fsum(known(rows, "score")), len(known(rows, "score"))
    ),
    "score_per_customer": lambda rows: quotient(math.fsum(known(rows, "score")), keys(rows), keys(rows)),
    "customers_with_good": lambda rows: ratio(
        sum(any(row["is_good"] for row in customer) for customer in by_customer(rows)), len(by_customer(rows))
    ),
    "said_good": lambda rows: ratio(int(sum(known(rows, "answered_good"))), len(known(rows, "answered_good"))),
    "customers_said_good": lambda rows: ratio(
        keys(rows, "answered_good"), len({row["customer_key"] for row in rows if row["answered_good"] is not None})
    ),
    "customers_with_good_counted": lambda rows: ratio(keys(rows, "is_good", "is_counted"), keys(rows, "is_counted")),
    "last_was_good": lambda rows: ratio(sum(last_answers(rows)), len(last_answers(rows))),
}

OBSERVATION_TYPES = {
    "observed_on": "date",
    "channel": "varchar",
    "region": "varchar",
    "merchant": "varchar",
    "customer_key": "varchar",
    "score": "bigint",
    "seconds": "decimal(18, 6)",
    "is_good": "boolean",
    "is_counted": "boolean",
    "weight": "decimal(18, 6)",
    "answered_good": "boolean",
    "answer_number": "bigint",
}
PERIOD_TYPES = {"period_grain": "varchar", "period_start": "date"}


def jinja(value: object) -> str:
    return json.dumps(value)


def models() -> dict[str, str]:
    dimensions = jinja(DIMENSIONS)
    rolled_up = f"{{{{ kpi_rollup('main.observations', 'observed_on', {dimensions}, {jinja(MEASURES)}) }}}}"
    per_customer = f"{{{{ kpi_rollup('main.observations', 'observed_on', ['region'], {jinja(CUSTOMER_MEASURES)}, per='customer_key') }}}}"
    first, second = jinja([MEASURES[1]]), jinja([CUSTOMER_MEASURES[0]])
    return {
        "rolled_up": rolled_up,
        "per_customer": per_customer,
        "int_as_of__resolved": "select cast('2026-06-30 16:00:00' as timestamp) as as_of_at",
        "family": f"""
            with scores as ({{{{ kpi_rollup('main.observations', 'observed_on', ['channel', 'region'], {first}) }}}}),
            customers as ({{{{ kpi_rollup('main.observations', 'observed_on', ['region'], {second}, per='customer_key') }}}})
            {{{{ kpi_family([
                {{'name': 'scores', 'dimensions': ['channel', 'region'], 'measures': {first}}},
                {{'name': 'customers', 'dimensions': ['region'], 'measures': {second}}}
            ]) }}}}
        """,
        "comparisons": """
            select periods.period_grain, periods.period_start,
                {{ previous_period_start('periods.period_grain', 'periods.period_start') }} as previous_start,
                {{ last_year_period_start('periods.period_grain', 'periods.period_start') }} as last_year_start
            from main.periods as periods
        """,
    }


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return observations(1500, seed=20251121)


@pytest.fixture(scope="module")
def built(built_project: BuiltProject, rows: list[Row]) -> duckdb.DuckDBPyConnection:
    return built_project({"observations": values(rows, OBSERVATION_TYPES), "periods": values(PERIODS, PERIOD_TYPES)}, models(), [])


def table(connection: duckdb.DuckDBPyConnection, name: str) -> dict[Cell, Row]:
    cursor = connection.execute(f"select * from main.{name}")
    assert cursor.description is not None
    names = [column[0] for column in cursor.description]
    found = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    by_cell: dict[Cell, Row] = {(row["period_grain"], row["period_start"], row["dimension"], row["member"]): row for row in found}
    assert len(by_cell) == len(found), f"{name}: a cell comes twice"
    return by_cell


def figures(row: Row, measure: str) -> Figures:
    suffixes = ("", "_numerator", "_denominator", "_n", "_lower", "_upper")
    return tuple(row[measure + suffix] for suffix in suffixes)  # type: ignore[return-value]


def assert_same(found: Figures, expected: Figures, what: str) -> None:
    for one, other in zip(found, expected, strict=True):
        if one is None or other is None:
            assert one is None and other is None, f"{what}: {found} instead of {expected}"
        else:
            assert one == pytest.approx(other, rel=1e-9, abs=1e-9), f"{what}: {found} instead of {expected}"


@pytest.mark.parametrize("measure", [measure["id"] for measure in MEASURES])
def test_every_cell_of_a_measure_is_what_a_naive_computation_says(built: duckdb.DuckDBPyConnection, rows: list[Row], measure: str) -> None:
    found = table(built, "rolled_up")
    expected = cells_of(rows)
    assert set(found) == set(expected)
    for cell, members in expected.items():
        assert_same(figures(found[cell], measure), NAIVE[measure](members), f"{measure} {cell}")


@pytest.mark.parametrize("measure", [measure["id"] for measure in CUSTOMER_MEASURES])
def test_a_roll_up_per_customer_counts_each_once_a_cell_and_takes_the_last_answer_of_the_cell(
    built: duckdb.DuckDBPyConnection, rows: list[Row], measure: str
) -> None:
    found = table(built, "per_customer")
    expected = {cell: members for cell, members in cells_of(rows).items() if cell[2] in ("overall", "region")}
    assert set(found) == set(expected)
    for cell, members in expected.items():
        assert_same(figures(found[cell], measure), NAIVE[measure](members), f"{measure} {cell}")


def test_additive_parts_of_the_members_of_a_dimension_add_up_to_overall(built: duckdb.DuckDBPyConnection) -> None:
    sums: dict[tuple[str, dt.date, str], float] = defaultdict(float)
    for (grain, start, dimension, _), row in table(built, "rolled_up").items():
        sums[grain, start, dimension] += row["good_share_denominator"]
    for (grain, start, dimension), total in sums.items():
        assert total == sums[grain, start, "overall"], (grain, start, dimension)


def test_merchants_are_rolled_up_from_the_month_upwards_only(built: duckdb.DuckDBPyConnection) -> None:
    grains = {cell[0] for cell in table(built, "rolled_up") if cell[2] == "merchant"}
    assert grains == {"month", "quarter", "year"}


def test_a_family_has_no_case_where_one_observation_is_silent_and_nothing_where_a_dimension_does_not_apply(
    built: duckdb.DuckDBPyConnection,
) -> None:
    family = table(built, "family")
    for cell, row in family.items():
        if cell[2] == "channel":
            assert figures(row, "customers_with_good") == (None, None, None, None, None, None)
        else:
            assert row["customers_with_good_n"] is not None
        assert row["average_n"] is not None


def test_a_family_always_has_the_running_period_overall(built: duckdb.DuckDBPyConnection) -> None:
    family = table(built, "family")
    for grain, start in period_starts(dt.date(2026, 7, 1)).items():
        assert family[grain, start, "overall", "all"]["average_n"] == 0
        assert family[grain, start, "overall", "all"]["average"] is None


COMPARISONS = [
    ("day", dt.date(2025, 3, 1), dt.date(2025, 2, 28), dt.date(2024, 3, 1)),
    ("day", dt.date(2024, 3, 1), dt.date(2024, 2, 29), dt.date(2023, 3, 1)),
    ("day", dt.date(2024, 2, 29), dt.date(2024, 2, 28), None),
    ("day", dt.date(2024, 2, 28), dt.date(2024, 2, 27), dt.date(2023, 2, 28)),
    ("day", dt.date(2025, 1, 1), dt.date(2024, 12, 31), dt.date(2024, 1, 1)),
    ("week", dt.date(2025, 1, 6), dt.date(2024, 12, 30), dt.date(2024, 1, 8)),
    ("week", dt.date(2021, 1, 4), dt.date(2020, 12, 28), dt.date(2020, 1, 6)),
    ("month", dt.date(2024, 3, 1), dt.date(2024, 2, 1), dt.date(2023, 3, 1)),
    ("month", dt.date(2025, 1, 1), dt.date(2024, 12, 1), dt.date(2024, 1, 1)),
    ("month", dt.date(2025, 3, 1), dt.date(2025, 2, 1), dt.date(2024, 3, 1)),
    ("quarter", dt.date(2024, 1, 1), dt.date(2023, 10, 1), dt.date(2023, 1, 1)),
    ("quarter", dt.date(2024, 4, 1), dt.date(2024, 1, 1), dt.date(2023, 4, 1)),
    ("year", dt.date(2025, 1, 1), dt.date(2024, 1, 1), dt.date(2024, 1, 1)),
]


PERIODS = [{"period_grain": grain, "period_start": start} for grain, start, _, _ in COMPARISONS]


@pytest.mark.parametrize(("grain", "start", "previous", "last_year"), COMPARISONS)
def test_a_period_is_compared_with_the_one_before_and_the_same_one_last_year(
    built: duckdb.DuckDBPyConnection, grain: str, start: dt.date, previous: dt.date, last_year: dt.date | None
) -> None:
    found = built.execute(
        "select previous_start, last_year_start from main.comparisons where period_grain = ? and period_start = ?", [grain, start]
    ).fetchone()
    assert found == (previous, last_year)
