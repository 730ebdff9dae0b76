"""The macros that make measures and KPIs of them, on random facts, against a second, naive computation in Python.

A tiny dbt project in a temporary folder uses the project's own macros on two subjects of different dates and members (calls, and
the orders they are set against) and on a third of which nothing was ever delivered. What a family counts is tested beside its mart.
"""

import datetime as dt
import json
import random
from fractions import Fraction
from typing import Any

import duckdb
import pytest

from tests.unit.kpi.naive_kpis import (
    DETAILED,
    LONG_GRAINS,
    Cell,
    Definition,
    Figures,
    Measured,
    Row,
    Subject,
    cases,
    count,
    distinct,
    figures_of,
    latest,
    measured_cells,
    period_starts,
    quantile,
    sums_by_dimension,
    total,
)
from tests.unit.kpi.small_project import BuiltProject, described_like, measure_members, values

AS_OF = "2025-03-31 16:00:00"
AS_OF_ON = dt.date(2025, 4, 1)  # Already 1 April in the business time zone.

CALL_DIMENSIONS = ("channel", "region", "merchant", "source_system")
ORDER_DIMENSIONS = ("region", "merchant", "source_system")
CALLS: list[dict[str, Any]] = [
    {"name": "calls", "count": "true"},
    {"name": "calls_that_never_are", "count": "false"},
    {"name": "good_calls", "count": "facts.is_good and facts.is_counted"},
    {"name": "counted_calls", "count": "facts.is_counted"},
    {"name": "score", "sum": "facts.score", "squares": True, "cases": "calls_with_score"},
    {"name": "seconds", "sum": "facts.seconds", "squares": True, "cases": "calls_with_seconds", "quantiles": ["median", "p90"]},
    {"name": "weight", "sum": "case when facts.is_counted then facts.weight end", "squares": True},
    {"name": "good_weight", "sum": "case when facts.is_good and facts.is_counted then facts.weight end"},
    {"name": "callers", "distinct": "true"},
    {"name": "good_callers", "distinct": "facts.is_good"},
    {"name": "answering_callers", "distinct": "facts.answered_good is not null"},
    {"name": "callers_good_at_last", "distinct": "facts.answered_good", "latest_by": "facts.answer_number"},
]
ORDERS: list[dict[str, Any]] = [{"name": "orders", "count": "true"}, {"name": "amount", "sum": "facts.amount"}]
SILENT: list[dict[str, Any]] = [
    {"name": "letters", "count": "true"},
    {"name": "long_letters", "count": "facts.amount > 10"},
    {"name": "pages", "sum": "facts.amount", "quantiles": ["median"]},
]
DEFINITIONS = [
    Definition("call_count", "calls"),
    Definition("score_sum", "score"),
    Definition("good_rate", "good_calls", "counted_calls", interval="wilson"),
    # Its numerator never had a case, under no member.
    Definition("never_rate", "calls_that_never_are", "calls", interval="wilson"),
    Definition("score_mean", "score", "calls_with_score", interval="normal"),
    Definition("minutes_mean", "seconds", "calls_with_seconds", divisor=60, interval="normal"),
    Definition("minutes_median", "seconds_median", divisor=60),
    Definition("hours_p90", "seconds_p90", divisor=3600),
    Definition("weighted_good_rate", "good_weight", "weight", interval="wilson_weighted"),
    Definition("caller_count", "callers"),
    Definition("good_caller_rate", "good_callers", "callers", interval="wilson"),
    Definition("good_at_last_rate", "callers_good_at_last", "answering_callers", interval="wilson"),
    # Numerator and denominator of different subjects, dates and members.
    Definition("calls_per_1000_orders", "calls", "orders", scale=1000),
    Definition("minutes_per_amount", "seconds", "amount", divisor=60),
    Definition("amount_sum", "amount", divisor=100),
    # Of which nothing was ever delivered.
    Definition("letter_count", "letters"),
    Definition("page_sum", "pages"),
    Definition("page_median", "pages_median"),
    Definition("long_letter_rate", "long_letters", "letters", interval="wilson"),
    Definition("letters_per_1000_orders", "letters", "orders", scale=1000),
    Definition("orders_per_letter", "orders", "letters"),
]
TYPES = {
    "observed_on": "date", "channel": "varchar", "region": "varchar", "merchant_key": "varchar", "source_system": "varchar",
    "customer_key": "varchar", "score": "bigint", "seconds": "decimal(18, 6)", "amount": "decimal(18, 2)", "weight": "decimal(18, 6)",
    "is_good": "boolean", "is_counted": "boolean", "is_in_scope": "boolean", "answered_good": "boolean", "answer_number": "bigint",
}  # fmt: skip
DEFINITION_TYPES = {
    "kpi_id": "varchar", "family": "varchar", "numerator": "varchar", "denominator": "varchar", "divisor": "bigint", "scale": "bigint",
    "interval": "varchar",
}  # fmt: skip
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


def facts(number_of_rows: int, seed: int, first_on: dt.date, days: int) -> list[Row]:
    """Random facts: nulls everywhere they may be, days around the turn of ISO years, members of whom the other subject knows nothing."""
    chance = random.Random(seed)
    return [
        {
            "observed_on": None if number == 0 else first_on + dt.timedelta(days=chance.randrange(days)),
            "channel": chance.choice(["phone", "chat", None]),
            "region": chance.choice(["north", "south", "east", f"only_{seed}"]),
            "merchant_key": chance.choice(["m1", "m2", f"only_{seed}", None]),
            "source_system": chance.choice(["shop", "desk"]),
            "customer_key": f"c{chance.randrange(40)}",
            "score": chance.choice([1, 2, 3, 4, 5, None]),
            "seconds": None if chance.random() < 0.2 else round(chance.lognormvariate(6, 1.5), 6),
            "amount": None if chance.random() < 0.1 else round(chance.uniform(0, 500), 2),
            "weight": round(chance.uniform(0.2, 5), 6),
            "is_good": chance.random() < 0.6,
            "is_counted": chance.random() < 0.7,
            "is_in_scope": chance.random() < 0.9,
            "answered_good": chance.choice([True, False, None]),
            "answer_number": number,
        }
        for number in range(number_of_rows)
    ]


CALL_ROWS = facts(1200, 1, dt.date(2023, 12, 20), 400)
# The first order came a month after the first call; the last one too.
ORDER_ROWS = facts(500, 2, dt.date(2024, 1, 20), 400)
SUBJECTS = {
    "measure_calls": Subject(
        [row for row in CALL_ROWS if row["is_in_scope"]],
        "observed_on",
        CALL_DIMENSIONS,
        {
            "calls": count(lambda row: True),
            "calls_that_never_are": count(lambda row: False),
            "good_calls": count(lambda row: row["is_good"] and row["is_counted"]),
            "counted_calls": count(lambda row: row["is_counted"]),
            "score": total("score", squares=True),
            "calls_with_score": cases("score"),
            "seconds": total("seconds", squares=True),
            "calls_with_seconds": cases("seconds"),
            "seconds_median": quantile("seconds", Fraction(1, 2)),
            "seconds_p90": quantile("seconds", Fraction(9, 10)),
            "weight": total("weight", lambda row: row["is_counted"], squares=True),
            "good_weight": total("weight", lambda row: row["is_good"] and row["is_counted"]),
            "callers": distinct("customer_key", lambda row: True),
            "good_callers": distinct("customer_key", lambda row: row["is_good"]),
            "answering_callers": distinct("customer_key", lambda row: row["answered_good"] is not None),
            "callers_good_at_last": latest("customer_key", "answered_good", "answer_number"),
        },
    ),
    "measure_orders": Subject(ORDER_ROWS, "observed_on", ORDER_DIMENSIONS, {"orders": count(lambda row: True), "amount": total("amount")}),
    "measure_letters": Subject(
        [],
        "observed_on",
        CALL_DIMENSIONS,
        {
            "letters": count(lambda row: True),
            "long_letters": count(lambda row: row["amount"] > 10),
            "pages": total("amount"),
            "pages_median": quantile("amount", Fraction(1, 2)),
        },
    ),
}
MEASURES = [(subject, measure) for subject, described in SUBJECTS.items() for measure in described.measures]


def base(table: str, dimensions: tuple[str, ...], measures: list[dict[str, Any]], **more: str) -> dict[str, Any]:
    return {"date": "observed_on", "dimensions": dimensions, "measures": measures, "table": table, **more}


def measure_table(*bases: dict[str, Any]) -> str:
    told = [f"{{'facts': ref('{base.pop('table')}'), {json.dumps(base).removeprefix('{')}" for base in bases]
    return f"{{{{ measure_table([{', '.join(told)}]) }}}}"


MODELS = {
    "int_as_of__resolved": f"select timestamp '2023-12-19 16:00:00' as first_at, timestamp '{AS_OF}' as as_of_at",
    "kpi_definitions": "select * from main.given_definitions",
    **{name: f"select * from main.given_{name}" for name in ("calls", "orders", "letters")},
    "measure_calls": measure_table(base("calls", CALL_DIMENSIONS, CALLS, where="facts.is_in_scope", per="customer_key")),
    # Of two bases, as subjects are that count by two dates.
    "measure_orders": measure_table(base("orders", ORDER_DIMENSIONS, ORDERS[:1]), base("orders", ORDER_DIMENSIONS, ORDERS[1:])),
    "measure_letters": measure_table(base("letters", CALL_DIMENSIONS, SILENT)),
    "measure_members": measure_members(SUBJECTS),
    "kpi_trial": "{{ kpi_family('trial', [" + ", ".join(f"ref('{subject}')" for subject in SUBJECTS) + "]) }}",
    "comparisons": """
        select periods.period_grain, periods.period_start,
            {{ previous_period_start('periods.period_grain', 'periods.period_start') }} as previous_start,
            {{ last_year_period_start('periods.period_grain', 'periods.period_start') }} as last_year_start
        from main.periods as periods
    """,
    "described.yml": described_like(
        {
            "measure_members": "measure_members",
            "kpi_trial": "kpi_satisfaction",
            **dict.fromkeys(SUBJECTS, "measure_tickets"),
        }
    ),
}
OWN_FILES = [f"models/intermediate/as_of/{name}.sql" for name in ("int_days__spined", "int_periods__spined")]


@pytest.fixture(scope="module")
def built(built_project: BuiltProject) -> duckdb.DuckDBPyConnection:
    definitions = [
        *({"family": "trial", **vars(definition)} for definition in DEFINITIONS),
        # Another family's, and one whose measure no subject has.
        {"family": "other", **vars(Definition("of_another_family", "calls"))},
        {"family": "trial", **vars(Definition("without_numerator", "nobody_measures_this"))},
        {"family": "trial", **vars(Definition("without_denominator", "calls", "nobody_measures_this"))},
    ]
    tables = {
        "given_calls": values(CALL_ROWS, TYPES),
        "given_orders": values(ORDER_ROWS, TYPES),
        "given_letters": f"select * from ({values(CALL_ROWS[:1], TYPES)}) where 1 = 0",
        "given_definitions": values(definitions, DEFINITION_TYPES),
        "periods": values(PERIODS, {"period_grain": "varchar", "period_start": "date"}),
    }
    return built_project(tables, MODELS, OWN_FILES)


def cells(connection: duckdb.DuckDBPyConnection, query: str, *parameters: str) -> dict[Cell, tuple[Any, ...]]:
    found = connection.execute(query, list(parameters)).fetchall()
    by_cell = {row[:4]: row[4:] for row in found}
    assert len(by_cell) == len(found), "a cell comes twice"
    return by_cell


def measured(connection: duckdb.DuckDBPyConnection, subject: str, measure: str) -> dict[Cell, Measured]:
    columns = "period_grain, period_start, dimension, member, total, squares, n, quantile"
    return {
        cell: Measured(*row) for cell, row in cells(connection, f"select {columns} from main.{subject} where measure = ?", measure).items()
    }


def figures(connection: duckdb.DuckDBPyConnection, kpi_id: str) -> dict[Cell, Figures]:
    columns = "period_grain, period_start, dimension, member, value, numerator, denominator, n, lower, upper"
    return {
        cell: Figures(*row) for cell, row in cells(connection, f"select {columns} from main.kpi_trial where kpi_id = ?", kpi_id).items()
    }


@pytest.mark.parametrize(("subject", "measure"), MEASURES)
def test_a_measure_says_of_every_cell_what_a_naive_computation_says(built: duckdb.DuckDBPyConnection, subject: str, measure: str) -> None:
    assert measured(built, subject, measure) == measured_cells(SUBJECTS[subject], measure, AS_OF_ON)


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.kpi_id)
def test_a_kpi_says_of_every_cell_what_a_naive_computation_says(built: duckdb.DuckDBPyConnection, definition: Definition) -> None:
    found, expected = figures(built, definition.kpi_id), figures_of(definition, SUBJECTS, AS_OF_ON)
    assert found.keys() == expected.keys()
    assert {cell: row[:4] for cell, row in found.items()} == {cell: row[:4] for cell, row in expected.items()}
    for cell, row in expected.items():
        bounds = (found[cell].lower, found[cell].upper)
        assert bounds == ((None, None) if row.lower is None else pytest.approx((row.lower, row.upper), rel=1e-9, abs=1e-9)), cell


def test_the_trial_holds_every_shape_it_is_about(built: duckdb.DuckDBPyConnection) -> None:
    of_another_subject = figures(built, "calls_per_1000_orders")
    # Calls and no order yet: the period is there, divided by nothing. Dimensions are those that both subjects know.
    december = of_another_subject["month", dt.date(2023, 12, 1), "overall", "all"]
    assert (december.value, december.numerator > 0, december.denominator) == (None, True, 0)  # type: ignore[operator]
    assert {cell[2] for cell in of_another_subject} == {"overall", "region", "merchant"}
    assert {cell[2] for cell in figures(built, "good_rate")} == {"overall", *CALL_DIMENSIONS}
    # Members that only one side knows.
    assert {"only_1", "only_2"} <= {cell[3] for cell in of_another_subject if cell[2] == "region"}
    merchants = {cell[3] for cell in of_another_subject if cell[2] == "merchant"}
    assert "only_2" in merchants and "only_1" not in merchants
    # A day without a call is 0 calls, for everybody who ever called.
    days = [row for cell, row in figures(built, "call_count").items() if cell[:1] + cell[2:3] == ("day", "region")]
    assert {row.value == 0 for row in days} == {True, False}


def test_under_dimensions_with_many_members_only_long_periods_with_a_case_have_a_row(built: duckdb.DuckDBPyConnection) -> None:
    for definition in DEFINITIONS:
        detailed = {cell: row for cell, row in figures(built, definition.kpi_id).items() if cell[2] in DETAILED}
        assert {cell[0] for cell in detailed} <= set(LONG_GRAINS)
        assert [cell for cell, row in detailed.items() if row.n == 0] == []


def test_the_running_period_is_there_before_anything_has_happened(built: duckdb.DuckDBPyConnection) -> None:
    nothing = Figures(None, None, None, 0, None, None)
    for grain, start in period_starts(AS_OF_ON).items():
        running = (grain, start, "overall", "all")
        assert figures(built, "letter_count")[running] == nothing
        assert figures(built, "page_median")[running] == nothing
        assert figures(built, "long_letter_rate")[running] == Figures(None, 0, 0, 0, None, None)
    assert figures(built, "call_count")["day", AS_OF_ON, "overall", "all"] == Figures(0, 0, None, 0, None, None)


def test_what_was_never_delivered_is_unknown_and_not_0_among_what_was(built: duckdb.DuckDBPyConnection) -> None:
    letters, calls = (
        figures(built, f"{numerator}_per_1000_orders")["day", AS_OF_ON, "overall", "all"] for numerator in ("letters", "calls")
    )
    assert (letters.value, letters.numerator, calls.numerator) == (None, None, 0)
    whole_year = ("year", dt.date(2024, 1, 1), "overall", "all")
    letters, calls = (figures(built, f"{numerator}_per_1000_orders")[whole_year] for numerator in ("letters", "calls"))
    assert (letters.value, letters.numerator) == (None, None)
    assert letters.denominator == calls.denominator != 0


def test_a_kpi_of_another_family_or_without_a_measure_is_not_computed(built: duckdb.DuckDBPyConnection) -> None:
    computed = {kpi_id for (kpi_id,) in built.execute("select distinct kpi_id from main.kpi_trial").fetchall()}
    assert computed == {definition.kpi_id for definition in DEFINITIONS}


@pytest.mark.parametrize("measure", ["calls", "score", "seconds", "weight"])
def test_the_members_of_a_dimension_add_up_to_overall(built: duckdb.DuckDBPyConnection, measure: str) -> None:
    sums = sums_by_dimension(measured(built, "measure_calls", measure))
    assert {dimension for _, _, dimension in sums} == {"overall", *CALL_DIMENSIONS}
    assert [cell for cell, added in sums.items() if added != sums[cell[0], cell[1], "overall"]] == []


@pytest.mark.parametrize(("grain", "start", "previous", "last_year"), COMPARISONS)
def test_a_period_is_compared_with_the_one_before_and_the_same_one_last_year(
    built: duckdb.DuckDBPyConnection, grain: str, start: dt.date, previous: dt.date, last_year: dt.date | None
) -> None:
    found = built.execute(
        "select previous_start, last_year_start from main.comparisons where period_grain = ? and period_start = ?", [grain, start]
    ).fetchone()
    assert found == (previous, last_year)
