"""Why goods come back, what work costs and what initiatives brought in the simulated shop, as it was planted or counted a second way."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shop_simulator import truths
from tests.acceptance.test_planted_truths import LARGEST_SHARE_MISSED, misses, of_kpis, scoreboard_truths
from tests.support.warehouse import published

# Four standard errors: over all that is compared here a miss by chance is less likely than one in a thousand.
FAR = 4.0


@pytest.mark.parametrize(
    "prefixes", [("return_rate_units", "not_as_described_share"), ("after_sales_cost", "cost_share")], ids=["returns", "costs"]
)
def test_planted_truths_of_returns_and_costs_are_found_again(prefixes: tuple[str, ...], shop_landing: Path, shop_home: Path) -> None:
    planted = of_kpis(scoreboard_truths(shop_landing), *prefixes)
    assert len(planted) >= 20
    missed = misses(shop_home, planted)
    assert len(missed) <= LARGEST_SHARE_MISSED * len(planted), "\n".join(missed)


def test_the_reasons_of_returns_have_the_shares_that_were_planted(shop_home: Path) -> None:
    weights = dict(zip(truths.REASONS, truths.REASON_WEIGHTS[0], strict=True))
    with published(shop_home) as connection:
        found: dict[str, int] = dict(
            connection.execute(
                "select reason, sum(return_count) from returns.kpi_return_reasons"
                " where period_grain = 'year' and dimension = 'return_policy' and reason <> 'all' group by reason"
            ).fetchall()
        )
    returns = sum(found.values())
    assert returns > 300
    for reason, weight in weights.items():
        share = weight / sum(weights.values())
        assert abs(found[reason] / returns - share) <= FAR * (share * (1 - share) / returns) ** 0.5, (reason, found)


@pytest.mark.parametrize(
    ("category", "cents"),
    [
        ("repair", truths.REPAIR_CENTS_PER_REPAIR),
        ("logistics", truths.LOGISTICS_CENTS_PER_REQUEST),
        ("quality", truths.QUALITY_CENTS_PER_DEFECT),
    ],
)
def test_a_booking_costs_what_was_planted_and_less_once_the_one_system_is_there(shop_home: Path, category: str, cents: int) -> None:
    with published(shop_home) as connection:
        found = connection.execute(
            """
            select costs.period_start >= initiatives.started_on as is_after, sum(costs.cost_amount), sum(costs.booking_count)
            from cost.kpi_cost_categories as costs
            inner join core.dim_initiatives as initiatives on initiatives.target_kpi = 'cost_per_order'
            where costs.period_grain = 'day' and costs.dimension = 'overall' and costs.cost_category = ?
                and costs.period_start not in (initiatives.started_on, initiatives.started_on - 1)
            group by all
            """,
            [category],
        ).fetchall()
    means = {is_after: (float(amount) / bookings, bookings) for is_after, amount, bookings in found}
    for is_after, percent in ((False, 100), (True, truths.COST_INITIATIVE["cost_percent"])):
        mean, bookings = means[is_after]
        expected = cents * percent / 10_000
        # Even noise of ± 30 % has a standard deviation of 30 % ÷ √3.
        spread = expected * truths.COST_NOISE_PERCENT / 100 / 3**0.5 / bookings**0.5
        assert abs(mean - expected) <= FAR * spread, (category, is_after, mean, expected, bookings)


def test_an_initiative_brought_what_a_second_count_of_core_says(shop_home: Path) -> None:
    scopes = {"channel": "channel", "issue_type": "issue_type", "product_category": "product_category"}
    with published(shop_home) as connection:

        def total(what: str, fact: str, day: str, initiative: dict[str, Any], edges: tuple[Any, Any], where: str = "true") -> float:
            column = scopes.get(initiative["scope_dimension"])
            scope = "true" if column is None else f"{column} = '{initiative['scope_member']}'"
            row = connection.execute(
                f"select coalesce(sum({what}), 0) from core.{fact} where {day} >= ? and {day} < ? and {where} and {scope}", list(edges)
            ).fetchone()
            assert row is not None
            return float(row[0])

        cursor = connection.execute("select * from cost.kpi_initiative_roi order by initiative_key")
        names = [column[0] for column in cursor.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        assert len(rows) == len(truths.INITIATIVES)
        for row in rows:
            is_of_orders = row["scope_dimension"] in ("all", "product_category")
            before, since = (
                [
                    total("reporting_cost_amount", "fct_service_costs", "incurred_on", row, edges),
                    total("1", "fct_orders", "ordered_on", row, edges)
                    if is_of_orders
                    else total("1", "fct_tickets", "created_on", row, edges, "is_in_scope"),
                    total("reporting_paid_amount", "fct_orders", "ordered_on", row, edges) if is_of_orders else 0,
                    total("reporting_refund_amount", "fct_refunds", "refunded_on", row, edges) if is_of_orders else 0,
                ]
                for edges in ((row["started_on"] - timedelta(days=90), row["started_on"]), (row["started_on"], row["observed_to"]))
            )
            benefit = before[0] / before[1] * since[1] - since[0]
            if is_of_orders:
                benefit += before[3] / before[2] * since[2] - since[3]
            assert float(row["benefit_amount"]) == pytest.approx(benefit, abs=0.011), row
            investment = float(row["investment_amount"])
            assert row["roi_to_date"] == pytest.approx((benefit - investment) / investment, abs=1e-4)
            assert row["initiative_roi"] is None
