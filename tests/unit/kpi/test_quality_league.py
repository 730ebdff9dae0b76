"""League tables, merchant actions and the public scorecard, over scores of months that a test writes by hand.

The minimum sample is 30. A merchant's month is so many tickets, half of them a spread above its mean and half below.
"""

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from tests.support.compiled_models import CompiledProject, build_over, in_memory_warehouse
from tests.support.described_models import columns_of
from tests.unit.kpi.small_project import Row, values

MONTHS = ("2025-01-01", "2025-02-01", "2025-03-01", "2025-04-01")
SPREAD = 10
# Mean score and tickets by month; April is running at as_of.
MERCHANTS: dict[str, list[tuple[float, int] | None]] = {
    "best": [(95, 300)] * 4,
    "second": [(92, 300)] * 4,
    "good": [(85, 300)] * 4,
    "also_good": [(85, 300)] * 4,
    "fair": [(75, 300)] * 4,
    "poor": [(65, 300)] * 4,
    "tiny": [(100, 29)] * 4,
    "small": [(100, 30)] * 4,
    # 300 tickets around two means: the interval of a change is 1.96 × 10.02 × √(2 ÷ 300) = 1.60.
    "falling": [(89, 300), (87, 300), (85, 300), (85, 300)],
    "falling_too_little": [(88.2, 300), (86.6, 300), (85, 300), (85, 300)],
    "fell_once": [(88, 300), (88, 300), (85, 300), (85, 300)],
    "fell_with_a_gap": [(89, 300), None, (85, 300), (85, 300)],
    "fell_over_a_small_month": [(89, 300), (87, 29), (85, 300), (85, 300)],
}


def measure(month: str, dimension: str, member: str, mean: float, tickets: int, name: str = "quality_score") -> Row:
    return {
        "measure": name, "period_grain": "month", "period_start": month, "dimension": dimension, "member": member,
        "total": mean * tickets, "squares": tickets * (mean**2 + SPREAD**2), "n": tickets, "quantile": None,
    }  # fmt: skip


def measures() -> list[Row]:
    rows = [
        measure(month, "merchant", member, *cell)
        for member, cells in MERCHANTS.items()
        for month, cell in zip(MONTHS, cells, strict=True)
        if cell is not None
    ]
    rows += [measure(month, "overall", "all", 85, 3000) for month in MONTHS]
    rows += [measure("2025-03-01", "merchant", "unknown", 70, 100), measure("2025-03-01", "merchant", "best", 92, 30, "attitude_score")]
    rows += [measure("2025-03-01", "merchant", "best", 93, 29, "communication_score"), measure("2025-03-01", "region", "north", 90, 100)]
    return rows


@pytest.fixture(scope="module")
def league(project: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    merchants = columns_of("dim_merchants")
    given = {
        "measures.measure_tickets": values(measures(), columns_of("measure_tickets")),
        "measures.built_periods": "select distinct"
        " 'measure_tickets' as model, 'output' as role, '' as input, period_grain, period_start, '' as fingerprint"
        " from measures.measure_tickets",
        "intermediate.int_as_of__resolved": "select timestamp '2025-01-01' as first_at, timestamp '2025-04-15 04:00' as as_of_at",
        "core.dim_merchants": values(
            [{**dict.fromkeys(merchants), "merchant_key": name, "merchant_name": name.title()} for name in MERCHANTS], merchants
        ),
    }
    wanted = ["kpi_quality_league", "kpi_merchant_actions", "public_merchant_scorecard"]
    with build_over(in_memory_warehouse(), project, given, wanted) as connection:
        yield connection


@pytest.fixture(scope="module")
def row(league: duckdb.DuckDBPyConnection) -> Callable[[str, str], dict[str, Any]]:
    def found(member: str, columns: str) -> dict[str, Any]:
        cursor = league.execute(
            f"select {columns} from quality.kpi_quality_league where member = ? and period_start = '2025-03-01'", [member]
        )
        names = [column[0] for column in cursor.description or []]
        (values_found,) = cursor.fetchall()
        return dict(zip(names, values_found, strict=True))

    return found


def test_few_tickets_draw_a_score_towards_the_overall_mean(row: Callable[[str, str], dict[str, Any]]) -> None:
    # 30 at 100 and 30 at 85; 300 at 95 and 30 at 85.
    assert row("small", "shrunk_score, quality_grade, is_small_sample") == {
        "shrunk_score": 92.5, "quality_grade": "excellent", "is_small_sample": False,
    }  # fmt: skip
    assert row("best", "shrunk_score")["shrunk_score"] == pytest.approx((300 * 95 + 30 * 85) / 330, abs=1e-6)


def test_who_has_fewer_than_the_minimum_sample_is_shown_and_not_ranked(row: Callable[[str, str], dict[str, Any]]) -> None:
    assert row("tiny", "is_small_sample, ticket_count, rank_number, rank_best, rank_worst") == {
        "is_small_sample": True, "ticket_count": 29, "rank_number": None, "rank_best": None, "rank_worst": None,
    }  # fmt: skip


def test_a_place_says_between_which_it_may_be(row: Callable[[str, str], dict[str, Any]]) -> None:
    ranks = "rank_number, rank_best, rank_worst, ranked_member_count"
    # best 94.09 ± 1.03, small 92.5 ± 1.82, second 91.36 ± 1.03: small overlaps with both, they do not with one another.
    assert list(row("best", ranks).values()) == [1, 1, 2, 12]
    assert list(row("small", ranks).values()) == [2, 1, 3, 12]
    assert list(row("second", ranks).values()) == [3, 2, 3, 12]
    # Seven at 85 share a place; fair and poor lie below them all.
    assert list(row("good", ranks).values()) == [4, 4, 10, 12]
    assert list(row("poor", ranks).values()) == [12, 12, 12, 12]


def test_only_merchants_agents_teams_and_channels_have_a_league_and_nobody_unknown(league: duckdb.DuckDBPyConnection) -> None:
    found = league.execute("select distinct dimension from quality.kpi_quality_league").fetchall()
    assert found == [("merchant",)]
    assert league.execute("select count(*) from quality.kpi_quality_league where member = 'unknown'").fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("merchant", "action", "reason"),
    [
        # A tenth of twelve are two places.
        ("best", "reward", "top_decile_and_excellent"),
        ("small", "reward", "top_decile_and_excellent"),
        ("second", "none", "steady"),
        ("good", "none", "steady"),
        ("fair", "watch", "fair"),
        ("poor", "rectify", "poor_or_worse"),
        ("tiny", "none", "too_few_tickets"),
        # Two months in a row by 2.0, and by 1.6, which is inside the interval of 1.605.
        ("falling", "rectify", "falling_for_two_months"),
        ("falling_too_little", "none", "steady"),
        ("fell_once", "watch", "falling"),
        ("fell_with_a_gap", "none", "steady"),
        ("fell_over_a_small_month", "none", "steady"),
    ],
)
def test_what_is_to_be_done_about_a_merchant(league: duckdb.DuckDBPyConnection, merchant: str, action: str, reason: str) -> None:
    found = league.execute(
        "select merchant_action, action_reason from quality.kpi_merchant_actions where merchant_key = ? and month_on = '2025-03-01'",
        [merchant],
    ).fetchall()
    assert found == [(action, reason)]


def test_nothing_is_decided_of_a_running_month(league: duckdb.DuckDBPyConnection) -> None:
    assert league.execute("select cast(max(month_on) as varchar) from quality.kpi_merchant_actions").fetchall() == [("2025-03-01",)]


def test_consumers_see_rounded_scores_of_merchants_with_enough_tickets(league: duckdb.DuckDBPyConnection) -> None:
    cursor = league.execute("select * exclude (month_on, category) from quality.public_merchant_scorecard where merchant_key = 'best'")
    assert [column[0] for column in cursor.description or []] == [
        "merchant_key", "merchant_name", "quality_grade", "grade_name_en", "grade_name_zh", "quality_score", "response_speed_score",
        "problem_solving_score", "attitude_score", "communication_score", "follow_up_score",
    ]  # fmt: skip
    # Of communication there are 29 scores only.
    assert cursor.fetchall() == [("best", "Best", "excellent", "Excellent", "优秀", 94.1, None, None, 92.0, None, None)]
    hidden = "select count(*) from quality.public_merchant_scorecard where merchant_key in ('tiny', 'unknown')"
    assert league.execute(hidden).fetchall() == [(0,)]
