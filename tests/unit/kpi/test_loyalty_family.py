"""Family 8 on a shop small enough to count by hand, from its extracts to its marts; the figures stand in the family's docs."""

from collections.abc import Callable
from datetime import date, timedelta
from math import sqrt
from statistics import linear_regression, mean

import duckdb
import pytest

from tests.support.compiled_models import CompiledProject, build_over, in_memory_warehouse
from tests.support.described_models import columns_of
from tests.support.ticket_clock import one, rows_of
from tests.unit.kpi.small_project import Row, mart_of
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


# Forty days with a score of 3 or 4 in turn, and what was paid back on them.
SCORES = [3 + day % 2 for day in range(40)]
WAVERING = [(-1) ** (day // 2) for day in range(40)]
REFUNDS: dict[str, tuple[str, Callable[[int], float | None]]] = {
    "falling": ("falls", lambda day: 100 - 20 * SCORES[day] + WAVERING[day]),
    "rising": ("rises", lambda day: 20 * SCORES[day] + WAVERING[day]),
    "alike": ("no_evidence", lambda day: 100 + 30 * WAVERING[day]),
    # A day without a refund is one of 0, from the first refund on.
    "rare": ("rises", lambda day: 50.0 if SCORES[day] == 4 else None),
    # Nothing was paid back before the twelfth day: 28 days are left.
    "late": ("too_few", lambda day: 100 - 20 * SCORES[day] if day >= 12 else None),
}


@pytest.fixture(scope="module")
def slopes(project: CompiledProject) -> dict[str, Row]:
    """The row of each shop of REFUNDS, whose names say how their refunds move; of one more, all of whose days have one score."""
    scored: list[Row] = []
    refunded: list[Row] = []
    members: list[Row] = []
    for shop, (_, paid_back) in {**REFUNDS, "always_four": ("", REFUNDS["alike"][1])}.items():
        days = [date(2025, 1, 1) + timedelta(days=day) for day in range(40)]
        cells = [{"period_grain": "day", "period_start": day, "dimension": "shop", "member": shop} for day in days]
        scores = [4] * 40 if shop == "always_four" else SCORES
        scored += [{**cell, "measure": "overall_score", "total": 2 * score, "n": 2} for cell, score in zip(cells, scores, strict=True)]
        paid = [{**cell, "measure": "refunded_amount", "total": paid_back(day), "n": 1} for day, cell in enumerate(cells)]
        refunded += (told := [row for row in paid if row["total"] is not None])
        first_on = told[0]["period_start"]
        members.append({"measure": "refunded_amount", "dimension": "shop", "member": shop, "is_delivered": True, "first_on": first_on})
    measure = columns_of("measure_refunds")
    given = {
        "measures.measure_survey_responses": mart_of(measure, scored),
        "measures.measure_refunds": mart_of(measure, refunded),
        "measures.measure_members": mart_of(columns_of("measure_members"), members),
    }
    with build_over(in_memory_warehouse(), project, given, ["kpi_refund_sensitivity"]) as connection:
        return {row["member"]: row for row in rows_of(connection, "from loyalty.kpi_refund_sensitivity where period_grain = 'quarter'")}


@pytest.mark.parametrize("shop", REFUNDS)
def test_refunds_fall_or_rise_with_satisfaction_where_the_interval_of_the_slope_says_so(slopes: dict[str, Row], shop: str) -> None:
    verdict, paid_back = REFUNDS[shop]
    days = range(next(day for day in range(40) if paid_back(day) is not None), 40)
    amounts = [paid_back(day) or 0 for day in days]
    scores = [SCORES[day] for day in days]
    slope, start = linear_regression(scores, amounts)
    left = sum((amount - start - slope * score) ** 2 for score, amount in zip(scores, amounts, strict=True))
    error = sqrt(left / (len(days) - 2) / sum((score - mean(scores)) ** 2 for score in scores))
    half = error * {26: 2.055529, 37: 2.026192, 38: 2.024394}[len(days) - 2]
    row = slopes[shop]
    assert (row["verdict"], row["day_count"]) == (verdict, len(days))
    assert (row["slope"], row["slope_lower"], row["slope_upper"]) == pytest.approx((slope, slope - half, slope + half), abs=1e-5)
    assert row["relative_slope"] == pytest.approx(slope / mean(amounts))


def test_where_all_days_are_alike_there_is_no_slope(slopes: dict[str, Row]) -> None:
    row = slopes["always_four"]
    assert (row["verdict"], row["slope"], row["slope_lower"], row["relative_slope"]) == ("too_few", None, None, None)
