"""Family 8 on a shop small enough to count by hand, from its extracts to its marts; the figures stand in the family's docs."""

from math import sqrt

import duckdb
import pytest

from tests.support.ticket_clock import one, rows_of
from tests.unit.kpi.worked_examples import KpiExample, MartExample, assert_mart_says, computed_kpis, kpi_examples, mart_examples, row_of

DOCUMENTED = kpi_examples("loyalty")
Z = 1.959963984540054


@pytest.mark.parametrize("example", DOCUMENTED, ids=lambda example: f"{example.kpi_id}-{example.month}")
def test_a_kpi_of_a_month_is_what_its_worked_example_says(returning: duckdb.DuckDBPyConnection, example: KpiExample) -> None:
    assert_mart_says(returning, "loyalty.kpi_loyalty", example)


def test_every_kpi_that_is_defined_is_computed_and_has_a_worked_example(returning: duckdb.DuckDBPyConnection) -> None:
    defined = {
        kpi_id for (kpi_id,) in returning.execute("select kpi_id from reference.kpi_definitions where family = 'loyalty'").fetchall()
    }
    assert computed_kpis(returning, "loyalty.kpi_loyalty") == {example.kpi_id for example in DOCUMENTED} == defined


@pytest.mark.parametrize("example", mart_examples("loyalty"), ids=lambda example: f"{example.mart}-{'-'.join(example.row.values())}")
def test_a_mart_beside_the_family_is_what_its_worked_example_says(returning: duckdb.DuckDBPyConnection, example: MartExample) -> None:
    assert row_of(returning, f"loyalty.{example.mart}", example) == pytest.approx(example.figures, abs=1e-9)


def test_an_assisted_order_counts_under_who_replied_last_and_where_and_under_the_order_itself(returning: duckdb.DuckDBPyConnection) -> None:
    def by(dimension: str) -> dict[str, float]:
        found = rows_of(
            returning,
            "select member, value from loyalty.kpi_loyalty where kpi_id = 'assisted_sales_amount' and period_grain = 'month'"
            " and period_start = '2025-05-01' and dimension = ? and n > 0",
            dimension,
        )
        return {row["member"]: row["value"] for row in found}

    assert by("agent") == {"contract:ann": 190, "contract:bob": 1078.5}
    assert by("agent_team") == {"returns": 190, "partners": 1078.5}
    assert by("channel") == {"chat": 1268.5}
    assert by("customer_tier") == {"gold": 1268.5}
    credited = rows_of(
        returning, "select order_key, ticket_key, is_pre_sale, seconds_after_reply from core.fct_assisted_orders order by all"
    )
    assert [tuple(row.values()) for row in credited] == [
        ("contract:a1", "contract:s1", False, 3 * 86400),
        ("contract:a10", "contract:s9", False, 25 * 3600),
        ("contract:a4", "contract:s4b", True, 2 * 3600),
        ("contract:a5", "contract:s5", False, 1),
        ("contract:a9", "contract:s9", False, 3600),
    ]


def test_the_value_of_an_assisted_order_has_the_interval_of_a_mean(returning: duckdb.DuckDBPyConnection) -> None:
    values = [90, 1078.5, 60, 40]
    mean = sum(values) / 4
    half = Z * sqrt(sum((value - mean) ** 2 for value in values) / 3 / 4)
    row = one(
        returning,
        "select lower, upper from loyalty.kpi_loyalty where kpi_id = 'assisted_order_value' and period_grain = 'month'"
        " and period_start = '2025-05-01' and dimension = 'overall'",
    )
    assert (row["lower"], row["upper"]) == pytest.approx((mean - half, mean + half))


def interval(returning: duckdb.DuckDBPyConnection, comparison: str, outcome: str, month: str) -> tuple[float, float]:
    row = one(
        returning,
        "select lower, upper from loyalty.kpi_loyalty_differences"
        " where comparison = ? and outcome = ? and period_grain = 'month' and period_start = ?",
        comparison,
        outcome,
        month,
    )
    return row["lower"], row["upper"]


def test_differences_have_the_intervals_of_newcombe_and_of_sato(returning: duckdb.DuckDBPyConnection) -> None:
    # Wilson's of 1 of 2 is 0.5 ± 0.405469, that of 0 of 2 is 0 to 0.657620.
    half, zero_upper = 0.4054690, 0.6576198
    expected = (0.5 - sqrt(half**2 + zero_upper**2), 0.5 + half)
    assert interval(returning, "satisfied_less_unsatisfied", "repurchase_90d", "2025-03-01") == pytest.approx(expected, abs=1e-6)
    # Gold: P = (4·1 − 16·1 + 8·2/2)/36, Q = (1·3 + 1·1)/12; standard: P = 1/4, Q = 1/4; the weights add up to 11/6.
    error = sqrt(-1 / 11 * (-4 / 36 + 1 / 4) + 4 / 12 + 1 / 4) / (11 / 6)
    expected = (-1 / 11 - Z * error, -1 / 11 + Z * error)
    assert interval(returning, "with_less_without_ticket", "repurchase_90d", "2025-01-01") == pytest.approx(expected, abs=1e-9)


def test_a_slope_has_the_interval_of_student_and_says_when_there_are_too_few_days(returning: duckdb.DuckDBPyConnection) -> None:
    row = one(
        returning,
        "select verdict, slope_lower, slope_upper, relative_slope_upper from loyalty.kpi_refund_sensitivity"
        " where period_grain = 'year' and dimension = 'overall'",
    )
    # The residuals are −3 and 3 on two of six days, and 2.776445 is Student's percentile of four degrees.
    half = 2.776445 * sqrt((9 + 9) / 4 / 10)
    assert row["verdict"] == "too_few"
    assert (row["slope_lower"], row["slope_upper"]) == pytest.approx((-10 - half, -10 + half), abs=1e-3)
    assert row["relative_slope_upper"] == pytest.approx((-10 + half) / 30, abs=1e-4)


def test_what_is_counted_under_members_adds_up_to_the_whole(returning: duckdb.DuckDBPyConnection) -> None:
    apart = rows_of(
        returning,
        """
        select members.kpi_id, members.period_grain, members.period_start, members.dimension
        from loyalty.kpi_loyalty as members
        inner join loyalty.kpi_loyalty as overall using (kpi_id, period_grain, period_start)
        where overall.dimension = 'overall'
        group by all
        having abs(sum(members.numerator) - any_value(overall.numerator)) > 1e-6
            or abs(sum(members.denominator) - any_value(overall.denominator)) > 1e-6
        """,
    )
    assert apart == []
