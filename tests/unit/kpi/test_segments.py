"""Family 12 on customers at the edges of their segments; the figures stand in the family's docs. What a seed may not say."""

import math
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.support.compiled_models import CompiledProject, build_over, in_memory_warehouse
from tests.support.described_models import columns_of
from tests.support.ticket_clock import one, rows_of, seed_rows
from tests.unit.kpi.small_project import Row, mart_of, values
from tests.unit.kpi.test_quality_seeds import compiled_test
from tests.unit.kpi.worked_examples import MartExample, mart_examples, row_of

ORDERS = {
    "champ": {"2024-06-30": 70, "2024-07-01": 100, "2025-05-01": 500, "2025-06-01": 600},
    "rich": {"2025-06-29": 500, "2025-06-30": 500},
    "loyal": {"2025-04-01": 499.99, "2025-04-02": 500},
    "new": {"2025-06-10": 50},
    "slipping": {"2025-03-31": 10, "2025-04-01": 10},
    "occasional": {"2025-01-02": 10},
    "risky": {"2024-12-31": 10, "2025-01-01": 10},
    "fading": {"2024-07-01": 10},
    "lost": {"2024-06-30": 10},
    "nobody": {},
}
SEGMENTS = {
    "champ": "champion", "rich": "champion", "loyal": "loyal", "new": "new", "slipping": "slipping", "occasional": "occasional",
    "risky": "at_risk", "fading": "fading", "lost": "lost", "nobody": "without_order",
}  # fmt: skip


def order(customer: str, day: str, amount: float, **more: Any) -> Row:
    return {
        "order_key": f"{customer}{day}", "customer_key": customer, "ordered_on": day, "is_paid": True, "is_cancelled": False,
        "reporting_paid_amount": amount, "reporting_refunded_amount": 100 if amount == 600 else None, **more,
    }  # fmt: skip


def ticket(key: str, customer: str | None, day: str = "2025-06-01", is_in_scope: bool = True) -> Row:
    return {"ticket_key": key, "customer_key": customer, "created_on": day, "is_in_scope": is_in_scope}


def response(key: str, customer: str, score: float, is_valid: bool = True, is_in_scope: bool = True) -> Row:
    return {
        "response_key": key, "customer_key": customer, "overall_score": score, "is_valid": is_valid, "is_in_scope": is_in_scope,
        "submitted_on": "2025-06-01",
    }  # fmt: skip


def cost(key: str, amount: float, day: str = "2025-06-01", **about: str) -> Row:
    return {"cost_key": key, "reporting_cost_amount": amount, "incurred_on": day, **about}


def measured(measure: str, day: str, total: float, squares: float | None = None, tier: str | None = None) -> Row:
    return {
        "measure": measure, "period_grain": "day", "period_start": day, "dimension": "customer_tier" if tier else "overall",
        "member": tier or "all", "total": total, "squares": squares, "n": 1,
    }  # fmt: skip


# Half of the gold waited 9 minutes and half 11; half of the others 5 and half 15.
GOLD_SQUARES, REST_SQUARES = 20 * (540**2 + 660**2), 30 * (300**2 + 900**2)
FACTS: dict[str, list[Row]] = {
    "core.dim_customers": [{"customer_key": key, "shop": "contract", "customer_tier": "standard", "region": "north"} for key in ORDERS],
    "core.fct_orders": [
        *(order(customer, day, amount) for customer, days in ORDERS.items() for day, amount in days.items()),
        order("new", "2025-06-11", 9000, is_cancelled=True),
        order("new", "2025-06-12", 9000, is_paid=False),
    ],
    "core.fct_tickets": [
        *(ticket(f"t{number}", customer) for number, customer in enumerate(("champ", "champ", "loyal", "nobody", None))),
        ticket("spam", "champ", is_in_scope=False),
        ticket("old", "champ", "2024-06-30"),
    ],
    "core.fct_after_sales_requests": [{"request_key": "r1", "customer_key": "champ", "requested_on": "2024-07-01"}],
    "core.fct_refunds": [{"refund_key": "f1", "customer_key": "champ", "refunded_on": "2025-06-05", "reporting_refund_amount": 100}],
    "core.fct_survey_responses": [
        response("a", "champ", 5),
        response("b", "champ", 3),
        response("late", "champ", 1, is_valid=False),
        response("about_the_shop", "champ", 1, is_in_scope=False),
    ],
    "core.fct_service_costs": [
        cost("k1", 30, ticket_key="t0"),
        cost("k2", 10, request_key="r1"),
        cost("k3", 60),
        cost("k4", 999, "2024-06-30", ticket_key="t0"),
        cost("k5", 20, ticket_key="t4"),
    ],
    "measures.measure_service_costs": [
        measured("service_costs_incurred", "2025-06-01", 120),
        measured("service_costs_incurred", "2024-06-30", 999),
    ],
    "measures.measure_ticket_sla": [
        measured("first_reply_in_time", "2024-07-01", 36, tier="gold"),
        measured("first_reply_judged", "2024-07-01", 40, tier="gold"),
        measured("first_reply_in_time", "2024-07-01", 66),
        measured("first_reply_judged", "2024-07-01", 100),
        measured("first_reply_in_time", "2024-06-30", 50),
        measured("first_reply_judged", "2024-06-30", 50),
        measured("resolution_in_time", "2025-01-01", 29, tier="gold"),
        measured("resolution_judged", "2025-01-01", 29, tier="gold"),
        measured("resolution_in_time", "2025-01-01", 29),
        measured("resolution_judged", "2025-01-01", 59),
    ],
    "measures.measure_tickets": [
        measured("first_reply_seconds", "2025-06-23", 40 * 600, GOLD_SQUARES, tier="gold"),
        measured("tickets_with_first_reply", "2025-06-23", 40, tier="gold"),
        measured("first_reply_seconds", "2025-06-23", 100 * 600, GOLD_SQUARES + REST_SQUARES),
        measured("tickets_with_first_reply", "2025-06-23", 100),
        measured("first_reply_seconds", "2025-06-24", 1, 1, tier="gold"),
        measured("tickets_with_first_reply", "2025-06-24", 1, tier="gold"),
    ],
    "measures.measure_survey_responses": [],
}


@pytest.fixture(scope="module")
def marts(project: CompiledProject) -> Iterator[duckdb.DuckDBPyConnection]:
    given = {table: mart_of(columns_of(table.split(".")[1]), rows) for table, rows in FACTS.items()}
    given["intermediate.int_as_of__resolved"] = "select timestamp '2020-01-01' as first_at, timestamp '2025-06-30 04:00' as as_of_at"
    with build_over(in_memory_warehouse(), project, given, ["kpi_segments", "kpi_tier_service"]) as connection:
        yield connection


@pytest.mark.parametrize("example", mart_examples("segments"), ids=lambda example: "-".join(example.row.values()))
def test_a_segment_or_tier_is_what_its_worked_example_says(marts: duckdb.DuckDBPyConnection, example: MartExample) -> None:
    assert row_of(marts, f"segments.{example.mart}", example) == pytest.approx(dict(example.figures), nan_ok=True)


def test_each_customer_belongs_to_the_segment_of_their_recency_frequency_and_money(marts: duckdb.DuckDBPyConnection) -> None:
    found = rows_of(marts, "select customer_key, segment from segments.kpi_customer_values")
    assert len(found) == len(ORDERS)
    assert {row["customer_key"]: row["segment"] for row in found} == SEGMENTS


def test_segments_add_up_to_everybody(marts: duckdb.DuckDBPyConnection) -> None:
    names = (
        "customer_count",
        "order_count",
        "ticket_count",
        "net_amount",
        "direct_cost_amount",
        "shared_cost_amount",
        "cost_to_serve_amount",
    )
    sums = ", ".join(f"sum({name}) filter (where segment <> 'all') as {name}" for name in names)
    assert one(marts, f"select {sums} from segments.kpi_segments") == one(
        marts, f"select {', '.join(names)} from segments.kpi_segments where segment = 'all'"
    )


def test_a_tier_is_better_where_the_interval_of_the_difference_leaves_out_0(marts: duckdb.DuckDBPyConnection) -> None:
    found = {row["kpi_id"]: row for row in rows_of(marts, "select * from segments.kpi_tier_service where customer_tier = 'gold'")}
    replied = found["sla_first_reply_rate"]
    # Wilson: 36 of 40 lies between 0.7695 and 0.9604, 30 of 60 between 0.3774 and 0.6226.
    lower = 0.4 - math.hypot(0.9 - 0.7695, 0.6226 - 0.5)
    upper = 0.4 + math.hypot(0.9604 - 0.9, 0.5 - 0.3774)
    assert (replied["verdict"], replied["difference_lower"], replied["difference_upper"]) == (
        "better", pytest.approx(lower, abs=2e-4), pytest.approx(upper, abs=2e-4),
    )  # fmt: skip
    # 29 of 29 against 0 of 30, and one short of the minimum sample.
    assert (found["sla_resolution_rate"]["verdict"], found["sla_resolution_rate"]["difference"]) == ("too_few", 1)
    minutes = found["first_reply_minutes_mean"]
    half = 1.959964 * math.hypot(math.sqrt(40 / 39 / 40), math.sqrt(25 * 60 / 59 / 60))
    assert (minutes["verdict"], minutes["difference_upper"]) == ("no_evidence", pytest.approx(half, rel=1e-5))


# The seed ----------------------------------------------------------------------------------------------------------------------

TYPES = {
    **dict.fromkeys(("segment", "name_en", "name_zh"), "varchar"),
    **dict.fromkeys(("recency_days_from", "recency_days_to", "order_count_from", "order_count_to"), "bigint"),
    **dict.fromkeys(("net_amount_from", "net_amount_to"), "decimal(18, 2)"),
}


def found_in(project: CompiledProject, rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    sql, _ = compiled_test(project.manifest, "customer_segments_meet_without_gap")
    with in_memory_warehouse() as connection:
        connection.execute(f"create schema reference; create table reference.customer_segments as {values(rows, TYPES)}")
        return connection.execute(sql).fetchall()


def test_the_seed_as_it_is_leaves_no_customer_out_and_none_in_two(project: CompiledProject) -> None:
    assert found_in(project, seed_rows("customer_segments")) == []


@pytest.mark.parametrize(
    ("segment", "changed", "reason"),
    [
        ("loyal", {"net_amount_to": "999"}, "belongs to 0 segments"),
        ("loyal", {"net_amount_to": "1001"}, "belongs to 2 segments"),
        ("slipping", {"recency_days_from": "91"}, "belongs to 0 segments"),
        ("slipping", {"recency_days_from": "89"}, "belongs to 2 segments"),
        ("lost", {"recency_days_to": "9999"}, "belongs to 0 segments"),
        ("new", {"order_count_from": "1"}, "belongs to 0 segments"),
        ("champion", {"net_amount_from": None}, "belongs to 2 segments"),
        ("new", {"recency_days_from": "90"}, "leave nothing between them"),
        ("new", {"recency_days_from": "-1"}, "bounds below 0"),
        ("lost", {"segment": "all"}, "a name that is taken"),
        ("lost", {"segment": "without_order"}, "a name that is taken"),
    ],
)
def test_a_gap_an_overlap_and_a_bound_that_cannot_be_are_found(
    project: CompiledProject, segment: str, changed: dict[str, str | None], reason: str
) -> None:
    rows = [{**row, **(changed if row["segment"] == segment else {})} for row in seed_rows("customer_segments")]
    assert any(reason in str(row[0]) for row in found_in(project, rows))
