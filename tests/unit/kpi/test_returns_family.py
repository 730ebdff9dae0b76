"""Family 4 on a shop small enough to count by hand, from its extracts to its marts; the figures stand in the family's docs."""

import duckdb
import pytest

from tests.support.ticket_clock import rows_of
from tests.support.warehouse import PROJECT_ROOT
from tests.unit.kpi.worked_examples import KpiExample, MartExample, assert_mart_says, computed_kpis, kpi_examples, mart_examples, row_of

DOCUMENTED = kpi_examples("returns")


@pytest.mark.parametrize("example", DOCUMENTED, ids=lambda example: f"{example.kpi_id}-{example.month}")
def test_a_kpi_of_a_month_is_what_its_worked_example_says(store: duckdb.DuckDBPyConnection, example: KpiExample) -> None:
    assert_mart_says(store, "returns.kpi_returns", example)


def test_every_kpi_that_is_defined_is_computed_and_has_a_worked_example(store: duckdb.DuckDBPyConnection) -> None:
    defined = {kpi_id for (kpi_id,) in store.execute("select kpi_id from reference.kpi_definitions where family = 'returns'").fetchall()}
    assert computed_kpis(store, "returns.kpi_returns") == {example.kpi_id for example in DOCUMENTED} == defined


@pytest.mark.parametrize("example", mart_examples("returns"), ids=lambda example: f"{example.mart}-{'-'.join(example.row.values())}")
def test_a_mart_beside_the_family_is_what_its_worked_example_says(store: duckdb.DuckDBPyConnection, example: MartExample) -> None:
    assert row_of(store, f"returns.{example.mart}", example) == example.figures


def test_a_share_of_units_has_the_interval_of_its_effective_sample(store: duckdb.DuckDBPyConnection) -> None:
    # Lines of 2, 4, 1, 2 and 1 units: 10² ÷ 26 = 3.846 cases of 0.6.
    n, z = 100 / 26, 1.959964
    middle, half = (0.6 * n + z * z / 2) / (n + z * z), z * (0.24 * n + z * z / 4) ** 0.5 / (n + z * z)
    (row,) = rows_of(
        store,
        "select lower, upper from returns.kpi_returns where kpi_id = 'return_rate_units' and period_grain = 'month'"
        " and period_start = '2025-03-01' and dimension = 'overall'",
    )
    assert (row["lower"], row["upper"]) == pytest.approx((middle - half, middle + half), abs=1e-6)


def test_a_refund_above_the_payment_is_in_excess_and_so_is_no_other(store: duckdb.DuckDBPyConnection) -> None:
    rule = (PROJECT_ROOT / "tests" / "data" / "singular" / "refund_never_exceeds_payment.sql").read_text(encoding="utf-8")
    assert rows_of(store, rule.replace("{{ ref('fct_refunds') }}", "core.fct_refunds")) == [
        {"refund_key": "contract:f8", "order_key": "contract:o13", "order_item_key": None, "refund_amount": 60,
         "order_refunded_to_date_amount": 60, "order_limit_amount": 50}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kpi_id", "dimension", "figures"),
    [
        ("request_count", "request_type", {"return": 5, "exchange": 1, "refund_only": 1, "repair": 3}),
        ("request_count", "request_reason", {
            "not_as_described": 1, "changed_mind": 1, "quality_defect": 4, "other": 1, "wrong_item": 1, "late_delivery": 1, "unknown": 1,
        }),
        # r4 is of c2 in the south; so are r5, r6, r7 and r12.
        ("request_count", "region", {"north": 5, "south": 5}),
        ("request_count", "merchant", {"contract:m1": 5, "contract:m2": 4, "contract:m3": 1}),
        # Under what the refund is about: o1 holds boots and laces, both shoes; o4 and o2 a phone each.
        ("refund_amount", "product_category", {"shoes": 248.1, "phones": 1529.0}),
        ("refund_amount", "request_reason", {"not_as_described": 100, "changed_mind": 100, "quality_defect": 1529, "unknown": 48.1}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_figure_is_told_under_what_was_counted(
    store: duckdb.DuckDBPyConnection, kpi_id: str, dimension: str, figures: dict[str, float]
) -> None:
    found = rows_of(
        store,
        "select member, value from returns.kpi_returns"
        " where kpi_id = ? and dimension = ? and period_grain = 'month' and period_start = '2025-03-01' and value <> 0",
        kpi_id,
        dimension,
    )
    assert {row["member"]: row["value"] for row in found} == pytest.approx(figures)


def test_what_members_and_days_add_up_to_is_the_whole_and_what_core_holds(store: duckdb.DuckDBPyConnection) -> None:
    """Of KPIs that add up, at every grain, the parts of a dimension's members and of the days; and over all years the rows of core."""
    apart = rows_of(
        store,
        """
        select kpis.kpi_id, kpis.period_grain, kpis.period_start, kpis.dimension
        from returns.kpi_returns as kpis
        inner join reference.kpi_definitions as definitions using (kpi_id)
        inner join returns.kpi_returns as overall
            on kpis.kpi_id = overall.kpi_id and kpis.period_grain = overall.period_grain and kpis.period_start = overall.period_start
                and overall.dimension = 'overall'
        where definitions.adds_up_over_members
        group by all
        having abs(sum(kpis.numerator) - any_value(overall.numerator)) > 1e-6
            or abs(sum(kpis.denominator) - any_value(overall.denominator)) > 1e-6
        union all
        select days.kpi_id, longer.period_grain, longer.period_start, 'days'
        from returns.kpi_returns as days
        inner join reference.kpi_definitions as definitions using (kpi_id)
        inner join returns.kpi_returns as longer
            on days.kpi_id = longer.kpi_id and longer.dimension = 'overall'
                and longer.period_start = date_trunc(longer.period_grain, days.period_start)
        where days.period_grain = 'day' and days.dimension = 'overall' and definitions.adds_up_over_days
        group by all
        having abs(sum(days.numerator) - any_value(longer.numerator)) > 1e-6
            or abs(sum(days.denominator) - any_value(longer.denominator)) > 1e-6
        """,
    )
    assert apart == []
    totals = {
        row["kpi_id"]: row["total"]
        for row in rows_of(
            store,
            "select kpi_id, sum(numerator) as total from returns.kpi_returns"
            " where period_grain = 'year' and dimension = 'overall' group by kpi_id",
        )
    }
    ((requests, refunds, refunded),) = store.execute(
        "select (select count(*) from core.fct_after_sales_requests), (select sum(reporting_refund_amount) from core.fct_refunds),"
        " (select sum(reporting_refunded_amount) from core.fct_orders where is_paid)"
    ).fetchall()
    assert (totals["request_count"], totals["refund_amount"], totals["refund_rate"]) == (requests, float(refunds), float(refunded))
